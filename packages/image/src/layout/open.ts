/**
 * Opening an image layout: making it, or checking that it is one and not of a newer version.
 * @module
 */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { OperationOptions } from '@tsreg/oci/content'
import { layout, layoutHeaderText, parseLayoutHeader } from '@tsreg/oci/image'
import { ImageError } from '../errors.ts'
import { createFiles, makeDirectory } from '../files/durable.ts'
import { hasSystemCode } from '../files/system-error.ts'
import { directoryFiles } from './directory-files.ts'
import { emptyIndexFile, formatIndexFile } from './index-file.ts'
import type { Layout, LayoutReader } from './layout.ts'
import { layoutPaths } from './paths.ts'
import { type LayoutFiles, readIndexFile, readLayout } from './read.ts'
import type { Replaced } from './tag.ts'
import { writableLayout } from './write.ts'

export interface OpenLayoutOptions extends OperationOptions {
  /**
   * Makes the layout when the directory is empty or does not exist.
   * @default true
   */
  readonly create?: boolean
  /**
   * What becomes of a manifest whose reference is pointed elsewhere: `drop` takes it out of `index.json`, as skopeo does;
   * `keep` leaves it there without a reference, as docker keeps dangling images.
   * @default 'drop'
   */
  readonly replaced?: Replaced
}

/**
 * A layout to read and write. Processes may share it; nothing is held open, so there is nothing to close.
 * @throws LAYOUT_INVALID for a directory of something else, LAYOUT_UNSUPPORTED for a newer one, LAYOUT_UNREADABLE
 */
export async function openLayout(directory: string, options: OpenLayoutOptions = {}): Promise<Layout> {
  const paths = layoutPaths(resolve(directory))
  const files = directoryFiles(paths.directory)
  options.signal?.throwIfAborted()
  await readable(paths.directory, async () => {
    const isThere = async () => (await files.read(layout.headerFile, maxHeaderBytes)) !== undefined
    if (await isThere()) return
    if (options.create === false) throw notALayout(paths.directory)
    if (!(await isCreatable(paths.directory))) {
      // Another process may have made it between the two looks.
      if (await isThere()) return
      throw notALayout(paths.directory)
    }
    await makeDirectory(join(paths.blobs, 'sha256'))
    await createFiles([
      { path: paths.index, bytes: formatIndexFile(emptyIndexFile) },
      // The last: a directory that has it is complete.
      { path: paths.header, bytes: layoutHeaderText },
    ])
  })
  await checkLayout(files)
  return writableLayout(paths, readLayout(files), options.replaced ?? 'drop')
}

/** A layout to read only: the directory is never written to. @throws as {@link openLayout} */
export async function openLayoutReader(directory: string, options: OperationOptions = {}): Promise<LayoutReader> {
  options.signal?.throwIfAborted()
  const files = directoryFiles(resolve(directory))
  await checkLayout(files)
  return readLayout(files)
}

/** @throws LAYOUT_INVALID, LAYOUT_UNSUPPORTED, LAYOUT_UNREADABLE */
export async function checkLayout(files: LayoutFiles): Promise<void> {
  await readable(files.location, async () => {
    const header = await files.read(layout.headerFile, maxHeaderBytes)
    if (header === undefined) throw notALayout(files.location)
    checkVersion(header, files.location)
    await readIndexFile(files)
  })
}

const maxHeaderBytes = 64 * 1024

function checkVersion(header: Uint8Array, location: string): void {
  try {
    parseLayoutHeader(header)
  } catch (cause) {
    const version = versionOf(header)
    if (version === undefined) {
      const message = `the file oci-layout of ${location} is damaged: ${(cause as Error).message}`
      throw new ImageError('LAYOUT_INVALID', message, { detail: { location }, cause })
    }
    throw new ImageError(
      'LAYOUT_UNSUPPORTED',
      `${location} is an image layout of version ${version.slice(0, 100)}; supported is ${layout.version}`,
      { detail: { location, version: version.slice(0, 100), supported: layout.version }, cause },
    )
  }
}

function versionOf(header: Uint8Array): string | undefined {
  try {
    const version: unknown = JSON.parse(Buffer.from(header).toString('utf8')).imageLayoutVersion
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

/** True when there is nothing, or only what a creation that was interrupted leaves. */
async function isCreatable(directory: string): Promise<boolean> {
  try {
    const names = await readdir(directory)
    const ours = new Set<string>([layout.indexFile, layout.blobsDirectory])
    const isBegun = names.includes(layout.blobsDirectory) || names.length === 0
    return isBegun && names.every((name) => ours.has(name) || /^(index\.json|oci-layout)\.[0-9a-f]+\.tmp$/.test(name))
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return true
    throw error
  }
}

async function readable(location: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (hasSystemCode(cause, 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ELOOP', 'EISDIR')) {
      throw new ImageError(
        'LAYOUT_UNREADABLE',
        `${location} cannot be used as an image layout: ${(cause as Error).message}`,
        {
          detail: { location },
          cause,
        },
      )
    }
    if (hasSystemCode(cause, 'ENOTDIR', 'EEXIST')) throw notALayout(location, cause)
    throw cause
  }
}

function notALayout(location: string, cause?: unknown): ImageError {
  return new ImageError('LAYOUT_INVALID', `${location} is not an OCI image layout`, {
    detail: { location },
    ...(cause === undefined ? {} : { cause }),
  })
}
