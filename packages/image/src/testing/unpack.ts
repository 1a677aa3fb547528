/**
 * Unpacking without a thread, for tests of what becomes of entries; and what the tests may do here.
 * @module
 */
import { closeSync, constants, mkdirSync, openSync, rmdirSync } from 'node:fs'
import { Extractor } from '../layer/apply/extractor.ts'
import { defaultLimits, type LayerLimits } from '../layer/apply/limits.ts'
import type { Whiteouts } from '../layer/apply/options.ts'
import { TarParser } from '../layer/tar/parser.ts'
import { mount, umount } from '../syscalls/index.ts'

export interface UnpackOptions {
  /** @default 'remove' */
  readonly whiteouts?: Whiteouts
  readonly lower?: readonly string[]
  readonly limits?: Partial<LayerLimits>
  readonly unable?: 'refuse' | 'skip'
  /** How the bytes are cut. @default whole */
  readonly chunkBytes?: number
  /** Called before each entry of that number, counted from 1. */
  readonly before?: (entry: number) => void
}

/** Owners and devices need root; without it they are left out, and with them what cannot be told apart from them. */
export const isRoot = process.geteuid?.() === 0

export function unpack(bytes: Buffer, directory: string, options: UnpackOptions = {}): Extractor {
  const { whiteouts = 'remove', lower, limits, unable = isRoot ? 'refuse' : 'skip' } = options
  const root = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  const extractor = new Extractor({ root, whiteouts, lower, limits: { ...defaultLimits, ...limits }, unable })
  const handler = {
    entry: (entry: Parameters<Extractor['entry']>[0]) => {
      options.before?.(extractor.entries + 1)
      extractor.entry(entry)
    },
    content: (content: Uint8Array) => extractor.content(content),
    entryEnd: () => extractor.entryEnd(),
  }
  try {
    const parser = new TarParser(handler, { names: 'latin1', sparse: true })
    const chunkBytes = options.chunkBytes ?? Math.max(1, bytes.byteLength)
    for (let at = 0; at < bytes.byteLength; at += chunkBytes) parser.push(bytes.subarray(at, at + chunkBytes))
    parser.end()
    extractor.finish()
    return extractor
  } finally {
    extractor.close()
    closeSync(root)
  }
}

/** Overlayfs, mounted read-only where there are several layers; undefined where mounts are not allowed. */
export function overlayOf(layers: readonly string[], target: string): Disposable {
  // One layer alone is no overlay: an empty one is put below.
  const empty = `${target}.empty`
  mkdirSync(empty)
  mkdirSync(target)
  mount(target, { type: 'overlay', source: 'overlay', data: `lowerdir=${[...layers, empty].join(':')}` })
  return {
    [Symbol.dispose]: () => {
      umount(target)
      rmdirSync(target)
      rmdirSync(empty)
    },
  }
}

/** Whether {@link overlayOf} works here, tried in an empty directory. */
export function mayMountOverlay(directory: string): boolean {
  if (!isRoot) return false
  try {
    const layer = `${directory}/layer`
    mkdirSync(layer)
    overlayOf([layer], `${directory}/merged`)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}
