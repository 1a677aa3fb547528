/**
 * Credential helpers: programs named `docker-credential-<suffix>` that keep secrets, spoken to over stdin and stdout
 * (docker-credential-helpers). They get a limited time and a limited say.
 * @module
 */
import { spawn } from 'node:child_process'
import type { OperationOptions } from '@tsreg/oci/content'
import { ClientError } from '../errors.ts'
import { redactText } from '../transport/redact.ts'
import { fromPair } from './auth-entry.ts'
import { isRecord } from './config-file.ts'
import type { Credential } from './credential.ts'

export interface HelperOptions extends OperationOptions {
  /**
   * A helper may ask its user something, but not for ever.
   * @default 30000
   */
  readonly timeoutMs?: number | undefined
  /** For the program and its search path. @default process.env */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

/** Undefined when the helper knows none. @throws ClientError CREDENTIALS naming the helper and what it said. */
export async function getFromHelper(
  suffix: string,
  server: string,
  options: HelperOptions = {},
): Promise<Credential | undefined> {
  const output = await run(suffix, 'get', server, options).catch((error: unknown) => {
    if (error instanceof HelperFailure && error.means('credentials not found')) return undefined
    throw described(error, suffix, 'get')
  })
  if (output === undefined) return undefined
  const answer = parse(output)
  if (!isRecord(answer) || typeof answer.Username !== 'string' || typeof answer.Secret !== 'string') {
    throw failure(suffix, 'get', 'its answer is not a JSON object with Username and Secret')
  }
  return answer.Secret === '' ? undefined : fromPair(answer.Username, answer.Secret)
}

/** @throws ClientError CREDENTIALS */
export async function storeWithHelper(
  suffix: string,
  server: string,
  secret: { readonly username: string; readonly password: string },
  options: HelperOptions = {},
): Promise<void> {
  const entry = JSON.stringify({ ServerURL: server, Username: secret.username, Secret: secret.password })
  await run(suffix, 'store', entry, options).catch((error: unknown) => {
    throw described(error, suffix, 'store')
  })
}

/** Nothing to erase is success. @throws ClientError CREDENTIALS */
export async function eraseWithHelper(suffix: string, server: string, options: HelperOptions = {}): Promise<void> {
  await run(suffix, 'erase', server, options).catch((error: unknown) => {
    if (error instanceof HelperFailure && error.means('credentials not found')) return
    throw described(error, suffix, 'erase')
  })
}

const maxOutputBytes = 1024 * 1024
const defaultTimeoutMs = 30_000

/** Helpers say on stdout what is wrong, and exit with 1. */
class HelperFailure extends Error {
  means(text: string): boolean {
    return this.message.toLowerCase().includes(text)
  }
}

function run(suffix: string, action: string, input: string, options: HelperOptions): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(suffix)) {
    return Promise.reject(new HelperFailure('its name holds more than letters, digits, ".", "_" and "-"'))
  }
  const { signal, environment = process.env, timeoutMs = defaultTimeoutMs } = options
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${suffix}`, [action], {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own group: what it has started ends with it.
      detached: process.platform !== 'win32',
    })
    const chunks: Buffer[] = []
    let size = 0
    let ended = false
    const end = (settle: () => void): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const stop = (reason: unknown): void => {
      kill(child.pid)
      child.stdout.destroy()
      child.stderr.destroy()
      end(() => reject(reason))
    }
    const onAbort = (): void => stop(signal?.reason)
    const timer = setTimeout(() => stop(new HelperFailure(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size > maxOutputBytes) stop(new HelperFailure(`more than ${maxOutputBytes} bytes of answer`))
      else chunks.push(chunk)
    })
    child.stderr.resume()
    child.on('error', (error) => end(() => reject(notStarted(error))))
    // A helper that exits early leaves the pipe broken; its exit status says why.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', (code, killedBy) => {
      const output = Buffer.concat(chunks).toString()
      if (code === 0) return end(() => resolve(output))
      const said = output.trim().slice(0, 500)
      end(() => reject(new HelperFailure(said === '' ? `it ended with ${killedBy ?? `status ${code}`}` : said)))
    })
  })
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function notStarted(error: Error): HelperFailure {
  const missing = 'code' in error && error.code === 'ENOENT'
  return new HelperFailure(missing ? 'the program is not installed, or not in PATH' : error.message, { cause: error })
}

function described(error: unknown, suffix: string, action: string): unknown {
  return error instanceof HelperFailure ? failure(suffix, action, error.message, error) : error
}

function failure(suffix: string, action: string, what: string, cause?: unknown): ClientError {
  return new ClientError('CREDENTIALS', `docker-credential-${suffix.slice(0, 100)} ${action}: ${redactText(what)}`, {
    advice: "check the helper, or take it out of credsStore and credHelpers of docker's config.json",
    cause,
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
