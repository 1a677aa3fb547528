/**
 * The build context: a directory, without what its ignore file leaves out.
 * @module
 */
import { hash } from 'node:crypto'
import { type Digest, Digester } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { BuilderError } from '../errors.ts'
import type { IgnorePattern } from './ignore/parse-ignore-file.ts'
import { contextName } from './select-sources.ts'
import type { SourceFile, SourceTree } from './source-tree.ts'
import { ContentDigests } from './tree/content-digests.ts'
import { ContextFiles } from './tree/context-files.ts'
import { Descriptors } from './tree/descriptors.ts'
import { readContent, readSmallContent, smallBytes } from './tree/read-content.ts'
import type { ScannedFile } from './tree/scan-directory.ts'

export interface OpenContextOptions extends OperationOptions {
  /** Of `findIgnoreFile`. @default none: nothing is ignored */
  readonly ignore?: readonly IgnorePattern[] | undefined
  /** Where digests of contents are kept from build to build; a file for each context. @default none */
  readonly digestsFile?: string | undefined
}

/** A directory counts as it was when it was first read, a file as it was then. All are owned by 0:0. */
export interface BuildContext extends SourceTree, AsyncDisposable {
  /** Of all files and links, in seconds since 1970; undefined when there are none. Reads every directory. */
  newestTime(options?: OperationOptions): Promise<number | undefined>
  /** What was done for the build so far. */
  readonly work: { readonly directoriesRead: number; readonly filesHashed: number }
}

/** Dispose of it at the end of the build, which keeps the digests. @throws CONTEXT_UNREADABLE */
export async function openContext(
  directory: string,
  { ignore = [], digestsFile, signal }: OpenContextOptions = {},
): Promise<BuildContext> {
  signal?.throwIfAborted()
  const descriptors = openDirectory(directory)
  const files = new ContextFiles(descriptors, ignore)
  const digests = await ContentDigests.open(digestsFile)
  let filesHashed = 0
  const find = (path: string) => readable(path, () => files.find(path))
  const regular = (path: string): ScannedFile => {
    const found = find(path)
    if (found?.file.type === 'file') return found
    throw new TypeError(`${path} in the build context is not a file`)
  }
  return {
    name: contextName,
    get work() {
      return { directoriesRead: files.directoriesRead, filesHashed }
    },
    lstat: async (path) => (path === '' ? rootDirectory : find(path)?.file),
    list: async (path) => readable(path, () => files.names(path)),
    async *open(path, options) {
      yield* readContent({ descriptors, path, version: regular(path).version, signal: options?.signal })
    },
    async contentDigest(path, options) {
      const { version } = regular(path)
      const known = digests.get(path, version)
      if (known !== undefined) return known
      const readAtMs = Date.now()
      const digest = await digestOf({ descriptors, path, version, signal: options?.signal })
      filesHashed += 1
      digests.set(path, version, digest, readAtMs)
      return digest
    },
    newestTime: async (options) => newest(files, options?.signal),
    async [Symbol.asyncDispose]() {
      descriptors.close()
      await digests.save()
    },
  }
}

/** Its own attributes are nobody's business: what is copied is what it holds. */
const rootDirectory: SourceFile = {
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  linkName: '',
  devMajor: 0,
  devMinor: 0,
  xattrs: new Map(),
}

function openDirectory(directory: string): Descriptors {
  try {
    return new Descriptors(directory)
  } catch (error) {
    throw unreadable(`the build context ${JSON.stringify(directory)} cannot be opened`, directory, error)
  }
}

function readable<Result>(path: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    if (error instanceof BuilderError || (error as NodeJS.ErrnoException).code === undefined) throw error
    throw unreadable(`${path === '' ? 'the build context' : path} cannot be read`, path, error)
  }
}

function unreadable(message: string, path: string, cause: unknown): BuilderError {
  const { code } = cause as NodeJS.ErrnoException
  return new BuilderError('CONTEXT_UNREADABLE', `${message}: ${code}`, { detail: { path, code }, cause })
}

async function digestOf(of: Parameters<typeof readContent>[0]): Promise<Digest> {
  if (of.version.size <= smallBytes) return `sha256:${hash('sha256', readSmallContent(of))}` as Digest
  const digester = new Digester()
  for await (const chunk of readContent(of)) digester.update(chunk)
  return digester.digest()
}

function newest(files: ContextFiles, signal: AbortSignal | undefined): number | undefined {
  let mtime: number | undefined
  const pending = ['']
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    signal?.throwIfAborted()
    for (const name of readable(directory, () => files.names(directory))) {
      const path = directory === '' ? name : `${directory}/${name}`
      const file = files.find(path)?.file
      if (file?.type === 'directory') pending.push(path)
      else if (file !== undefined && (mtime === undefined || file.mtime > mtime)) mtime = file.mtime
    }
  }
  return mtime
}
