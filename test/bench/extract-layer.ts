/**
 * Unpacks a layer once and prints the seconds: `extract-layer.ts FILE DIRECTORY`. It is run bundled, as
 * the command is.
 * @module
 */
import { createReadStream } from 'node:fs'
import { applyLayer } from '@tsreg/image/layer'

const [file = '', directory = ''] = process.argv.slice(2)
const begun = performance.now()
const content = createReadStream(file, { highWaterMark: 1024 * 1024 })
await applyLayer(content, directory, { whiteouts: 'overlay' })
console.log((performance.now() - begun) / 1000)
