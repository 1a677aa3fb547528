/**
 * ADD of what lies behind a URL.
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Digester } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ChosenSource } from '../context/chosen-source.ts'
import type { SourceFile, SourceTree } from '../context/source-tree.ts'
import { BuilderError, type SourcePlace } from '../errors.ts'

export interface DownloadOptions extends OperationOptions {
  /** Where the content is kept; the caller removes the file, also after a failure. */
  readonly file: string
  readonly place: SourcePlace
  /** Modification time where the server tells none, in seconds since 1970. */
  readonly time: number
}

export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source)
}

/** A tree of one file, called as the last name of the URL's path. @throws DOWNLOAD_FAILED */
export async function download(
  url: string,
  options: DownloadOptions,
): Promise<{ readonly tree: SourceTree; readonly chosen: ChosenSource }> {
  const { file, place, time, signal } = options
  const name = nameIn(url)
  const digester = new Digester()
  let modified: number
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal })
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`)
    modified = Date.parse(response.headers.get('last-modified') ?? '') / 1000
    await pipeline(Readable.fromWeb(response.body), counted(digester), createWriteStream(file))
  } catch (cause) {
    signal?.throwIfAborted()
    throw new BuilderError('DOWNLOAD_FAILED', `${url} cannot be downloaded: ${reasonOf(cause)}`, {
      place,
      detail: { url },
      cause,
    })
  }
  const described: SourceFile = {
    ...{ type: 'file', mode: 0o600, uid: 0, gid: 0, size: digester.size, linkName: '' },
    ...{ mtime: Number.isNaN(modified) ? time : modified, devMajor: 0, devMinor: 0, xattrs: new Map() },
  }
  const tree: SourceTree = {
    name: url,
    lstat: async () => described,
    list: async () => [],
    open: () => createReadStream(file),
    contentDigest: async () => digester.digest(),
  }
  return { tree, chosen: { source: url, path: name, name, file: described, files: [] } }
}

function counted(digester: Digester) {
  return async function* (content: AsyncIterable<Uint8Array>) {
    for await (const chunk of content) {
      digester.update(chunk)
      yield chunk
    }
  }
}

/** Empty for a URL that ends with a slash. */
function nameIn(url: string): string {
  const { pathname } = new URL(url)
  return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1)).replaceAll('/', '_')
}

/** What `fetch` says is that it failed; why, says its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
