/**
 * Opening a directory of snapshots: making it, or finding out of what kind it is.
 * @module
 */
import { mkdir, readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { OperationOptions } from '@tsreg/oci/content'
import { ImageError } from '../errors.ts'
import { createFiles } from '../files/durable.ts'
import { readSmallFile } from '../files/read.ts'
import { directorySnapshotter } from './directory.ts'
import { changingState } from './locks.ts'
import { overlaySnapshotter } from './overlay.ts'
import { type SnapshotPaths, snapshotPaths } from './paths.ts'
import { whyNoOverlay } from './probe-overlay.ts'
import type { Snapshotter } from './snapshotter.ts'

export interface OpenSnapshotterOptions extends OperationOptions {
  /**
   * How layers lie in a directory that is new. One that is there keeps its kind.
   * @default 'overlay' where it can be mounted, else 'directory'
   */
  readonly kind?: Snapshotter['kind'] | undefined
  /** Whether a layer is on the disk before it counts as in place, so that a power cut cannot leave half of one. @default true */
  readonly durable?: boolean
}

/**
 * The snapshots in a directory, which is made when it does not exist. Processes may share it; nothing is held open.
 * @throws SNAPSHOTS_INVALID for a directory of something else, and for one of a newer version
 */
export async function openSnapshotter(directory: string, options: OpenSnapshotterOptions = {}): Promise<Snapshotter> {
  const paths = snapshotPaths(resolve(directory), options.durable ?? true)
  options.signal?.throwIfAborted()
  const kind = (await readKind(paths)) ?? (await makeDirectory(paths, options))
  return kind === 'overlay' ? overlaySnapshotter(paths) : directorySnapshotter(paths)
}

const version = 1
const maxHeaderBytes = 64 * 1024

async function readKind(paths: SnapshotPaths): Promise<Snapshotter['kind'] | undefined> {
  const bytes = await readSmallFile(paths.header, maxHeaderBytes)
  if (bytes === undefined) return undefined
  const header = headerOf(bytes)
  if (header?.version === version && (header.kind === 'overlay' || header.kind === 'directory')) return header.kind
  throw new ImageError('SNAPSHOTS_INVALID', `${paths.header} is damaged or of a newer version of tsreg`, {
    detail: { directory: paths.directory, version: header?.version, supported: version },
    advice: 'use a newer version of tsreg, or remove the directory: its layers are unpacked again',
  })
}

function headerOf(bytes: Uint8Array): { readonly version?: unknown; readonly kind?: unknown } | undefined {
  try {
    return JSON.parse(String(bytes))
  } catch {
    return undefined
  }
}

async function makeDirectory(paths: SnapshotPaths, options: OpenSnapshotterOptions): Promise<Snapshotter['kind']> {
  // The layers hold setuid programs of strangers.
  await mkdir(paths.directory, { recursive: true, mode: 0o711 })
  const names = (await readdir(paths.directory)).filter((name) => name !== 'locks' && !name.startsWith('probe-'))
  if (
    names.length > 0 &&
    (await readKind(paths)) === undefined &&
    !names.every((name) => /^snapshots\.json\./.test(name))
  ) {
    throw new ImageError('SNAPSHOTS_INVALID', `${paths.directory} holds other things than snapshots: ${names[0]}`, {
      detail: { directory: paths.directory, names: names.slice(0, 10) },
    })
  }
  return changingState(paths, options, async () => {
    const found = await readKind(paths)
    if (found !== undefined) return found
    const kind = options.kind ?? ((await whyNoOverlay(paths.directory)) === undefined ? 'overlay' : 'directory')
    await createFiles([{ path: paths.header, bytes: JSON.stringify({ version, kind }) }])
    return kind
  })
}
