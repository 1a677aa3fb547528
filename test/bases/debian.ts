/**
 * A Debian of over 100 MB made by debootstrap, as an OCI layout: two gzip layers, hard links, setuid programs, devices.
 * @module
 */

import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../harness/command.ts'
import { cacheDirectory } from '../harness/paths.ts'
import { toolPath } from '../harness/tools.ts'
import { addImage, addLayer, createLayout, layoutTag, platforms, writeIndexFile } from './layout.ts'

/** The layout's directory; made once per machine, and taken from the cache after that. Needs root. */
export async function debianLayout(): Promise<string> {
  const cache = await cacheDirectory()
  const layout = join(cache, 'debian-bookworm-1')
  if (existsSync(layout)) return layout
  const root = join(cache, `debootstrap.${process.pid}`)
  const partial = join(cache, `layout.${process.pid}`)
  try {
    console.log('  building the Debian image with debootstrap, once per machine')
    const packages = '--include=ca-certificates,perl,python3'
    await run([toolPath('debootstrap'), '--variant=minbase', packages, 'bookworm', root], { timeoutMs: 1_800_000 })
    await createLayout(partial)
    // The programs, and everything else.
    const layers = [
      await addLayer(partial, root, { exclude: ['./usr'] }),
      await addLayer(partial, root, { paths: ['./usr'] }),
    ]
    await writeIndexFile(partial, await addImage(partial, platforms.amd64, layers), layoutTag)
    await rename(partial, layout)
    return layout
  } finally {
    await rm(root, { recursive: true, force: true })
    await rm(partial, { recursive: true, force: true })
  }
}
