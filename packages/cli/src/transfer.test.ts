import { describe, expect, test } from '@jest/globals'
import { type Descriptor, digestOf, mediaTypes } from '@tsreg/oci'
import { pullWords, pushWords, watchTransfer } from './transfer.ts'

function descriptor(text: string, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(text), size: text.length }
}
const layer = descriptor('layer', mediaTypes.ociLayerGzip)
const config = descriptor('config', mediaTypes.ociConfig)
const manifest = descriptor('manifest', mediaTypes.ociManifest)
const id = layer.digest.slice(7, 19)

function recorder() {
  const rows: unknown[] = []
  return { rows, progress: { row: (...row: unknown[]) => rows.push(row), line() {}, close() {} } }
}

describe('watchTransfer', () => {
  test('shows layers in the words of a pull, and neither configs nor manifests', () => {
    const { rows, progress } = recorder()
    const transfer = watchTransfer(progress, pullWords)
    for (const each of [config, layer, manifest]) transfer.onProgress({ kind: 'start', descriptor: each })
    transfer.onProgress({ kind: 'progress', descriptor: layer, bytes: 3 })
    for (const each of [config, layer, manifest]) transfer.onProgress({ kind: 'done', descriptor: each })
    expect(rows).toEqual([
      [id, 'Pulling fs layer'],
      [id, 'Downloading', { done: 3, total: 5 }],
      [id, 'Pull complete'],
    ])
    expect(transfer.layers).toEqual([{ digest: layer.digest, size: 5, outcome: 'transferred' }])
    expect(transfer.bytes).toBe(5 + 6 + 8)
  })

  test('says where a layer was mounted from', () => {
    const { rows, progress } = recorder()
    const transfer = watchTransfer(progress, pushWords, () => 'diff')
    transfer.onProgress({ kind: 'mounted', descriptor: layer, from: 'library/debian' })
    expect(rows).toEqual([['diff', 'Mounted from library/debian']])
    expect(transfer.bytes).toBe(0)
  })
})
