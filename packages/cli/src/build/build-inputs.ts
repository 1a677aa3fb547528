/**
 * What is built: the Dockerfile, and the directory that it copies from.
 * @module
 */
import { stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { BuildContext } from '@tsreg/builder/context'
import type { BuildFile } from '@tsreg/builder/dockerfile'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { readInput } from '../output/files.ts'

export interface BuildInputs extends AsyncDisposable {
  readonly file: BuildFile
  /** When the Dockerfile was changed, in seconds since 1970; undefined for one from standard input. */
  readonly dockerfileTime: number | undefined
  readonly context: BuildContext | undefined
}

export interface InputOptions {
  /** A directory, or `-` for a Dockerfile on standard input. */
  readonly directory: string
  /** Of `--file`: relative to the working directory, `-` for standard input. */
  readonly file: string | undefined
  /** Where digests of the context's files are kept. */
  readonly cacheDirectory: string
}

interface FoundDockerfile {
  readonly bytes: Uint8Array
  readonly name: string
  readonly path: string | undefined
  readonly time: number | undefined
}

/** @throws CliError FILE_UNKNOWN, USAGE for what cannot be built yet; as the parser does */
export async function readInputs(options: InputOptions, invocation: Invocation): Promise<BuildInputs> {
  const { directory } = options
  refuseRemote(directory)
  if (directory === '-' && options.file !== undefined) {
    throw new CliError('USAGE', 'a Dockerfile from standard input and --file exclude each other')
  }
  if (directory !== '-') await checkDirectory(directory)
  const dockerfile = await readDockerfile(options, invocation)
  const { parseDockerfile, parseInstructions } = await import('@tsreg/builder/dockerfile')
  const file = parseInstructions(parseDockerfile(dockerfile.bytes, { fileName: dockerfile.name }))
  const context = directory === '-' ? undefined : await openBuildContext(options, dockerfile.path)
  return {
    file,
    context,
    dockerfileTime: dockerfile.time,
    [Symbol.asyncDispose]: async () => context?.[Symbol.asyncDispose](),
  }
}

async function openBuildContext(
  { directory, cacheDirectory }: InputOptions,
  dockerfile: string | undefined,
): Promise<BuildContext> {
  const [{ findIgnoreFile, openContext }, { digestOf, encodedOf }] = await Promise.all([
    import('@tsreg/builder/context'),
    import('@tsreg/oci'),
  ])
  const ignore = await findIgnoreFile(directory, dockerfile)
  const name = encodedOf(digestOf(resolve(directory))).slice(0, 32)
  return openContext(directory, {
    ignore: ignore?.patterns,
    digestsFile: join(cacheDirectory, 'contents', `${name}.json`),
  })
}

/** A Dockerfile is text that people write. */
const maxBytes = 4 * 1024 * 1024

async function readDockerfile({ directory, file }: InputOptions, invocation: Invocation): Promise<FoundDockerfile> {
  if (directory === '-' || file === '-') {
    const bytes = await readInput('-', maxBytes, invocation).catch((cause: unknown) => {
      if (cause instanceof RangeError) throw archiveOnInput(cause)
      throw cause
    })
    if (isArchive(bytes)) throw archiveOnInput()
    return { bytes, name: 'Dockerfile', path: undefined, time: undefined }
  }
  const candidates = file === undefined ? ['Dockerfile', 'dockerfile'].map((name) => join(directory, name)) : [file]
  for (const path of candidates) {
    const found = await readIfThere(path, directory)
    if (found === undefined) continue
    const inside = relative(directory, path)
    const name = file === undefined || !inside.startsWith('..') ? inside : basename(path)
    return { ...found, path, name: name === '' ? basename(path) : name }
  }
  const shown = file ?? join(directory, 'Dockerfile')
  throw new CliError('FILE_UNKNOWN', `there is no Dockerfile ${shown}`, {
    advice: 'Name it with --file, or give the directory that it is in.',
    detail: { file: shown },
  })
}

async function readIfThere(path: string, directory: string) {
  const { readBuildFile } = await import('@tsreg/builder/context')
  const refuse = (why: string, cause?: unknown) =>
    new CliError('USAGE', `the Dockerfile ${path} cannot be used: ${why}`, {
      advice: 'Name another one with --file.',
      detail: { file: path },
      cause,
    })
  return readBuildFile(path, { context: directory, maxBytes, refuse })
}

async function checkDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (found?.isDirectory()) return
  const why = found === undefined ? 'does not exist' : 'is not a directory'
  throw new CliError('FILE_UNKNOWN', `the build context ${directory} ${why}`, {
    advice: 'Name the directory that the Dockerfile copies from.',
    detail: { directory },
  })
}

function refuseRemote(directory: string): void {
  if (!/^(?:https?:\/\/|git:\/\/|git@|ssh:\/\/|github\.com\/)/.test(directory)) return
  throw new CliError('USAGE', `a build context behind a URL is not built yet: ${directory}`, {
    advice: 'Fetch it first, and name the directory.',
  })
}

function archiveOnInput(cause?: unknown): CliError {
  return new CliError('USAGE', 'a build context as an archive on standard input is not built yet', {
    advice: 'Unpack it first, and name the directory.',
    cause,
  })
}

/** A tar archive, or something compressed: no Dockerfile begins like this. */
function isArchive(bytes: Uint8Array): boolean {
  const starts = (...magic: readonly number[]) => magic.every((byte, at) => bytes[at] === byte)
  const isTar = Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar'
  return isTar || starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd) || starts(0x42, 0x5a, 0x68) || starts(0xfd, 0x37)
}
