/**
 * Docker's `config.json`: found, read without believing it, and written back with everything in it that is not ours.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, readlink, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ClientError } from '../errors.ts'
import { failureCode } from '../transport/failures.ts'

/** As it stands in the file: any field may be there, and of any type. */
export type ConfigDocument = Readonly<Record<string, unknown>>

const maxConfigBytes = 4 * 1024 * 1024

/** `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`. */
export function configPath(environment: NodeJS.ProcessEnv = process.env): string {
  const directory = environment.DOCKER_CONFIG
  return join(directory === undefined || directory === '' ? join(homedir(), '.docker') : directory, 'config.json')
}

/** An empty document where there is no file. @throws ClientError CREDENTIALS when it cannot be read or is no JSON. */
export async function readConfig(path: string): Promise<ConfigDocument> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return {}
    throw new ClientError('CREDENTIALS', `${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  return parseConfig(text, path)
}

/** @param origin for messages. @throws ClientError CREDENTIALS */
export function parseConfig(text: string, origin: string): ConfigDocument {
  if (text.trim() === '') return {}
  const document = text.length > maxConfigBytes ? undefined : parse(text)
  if (isRecord(document)) return document
  // The message of the parser would quote the file, and with it the secrets.
  throw new ClientError('CREDENTIALS', `${origin} is not a JSON object`)
}

/**
 * Replaces the file in one step, readable by its owner only. A symbolic link stays, and what it points at is replaced.
 * @throws ClientError CREDENTIALS
 */
export async function writeConfig(path: string, document: ConfigDocument): Promise<void> {
  try {
    const target = await followLinks(path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    const draft = `${target}.${process.pid}.${randomBytes(6).toString('hex')}`
    try {
      const file = await open(draft, 'wx', 0o600)
      try {
        await file.writeFile(`${JSON.stringify(document, null, '\t')}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, target)
    } finally {
      await rm(draft, { force: true })
    }
  } catch (error) {
    throw new ClientError('CREDENTIALS', `${path} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Like realpath, for a file that need not be there yet. */
async function followLinks(path: string): Promise<string> {
  let at = path
  for (let depth = 0; depth < 40; depth++) {
    const next = await readlink(at).catch(() => undefined)
    if (next === undefined) return at
    at = resolve(dirname(at), next)
  }
  throw new Error('too many symbolic links')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}
