/**
 * The registry under test as a process: started on a free port of 127.0.0.1, ready when this returns, killed by process id.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from './children.ts'
import { readinessPath, type ServerKind, type ServerSettings, serverCommand } from './server-kinds.ts'

export interface StartServerOptions extends Omit<ServerSettings, 'port'> {
  readonly kind: ServerKind
  /** Default: a free one. */
  readonly port?: number
  /** A command the server is started under, e.g. a tracer. */
  readonly under?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** How long it may take to be ready; default 30 000. */
  readonly readyWithinMs?: number
}

export interface Server {
  readonly port: number
  /** `127.0.0.1:<port>`, as references begin. */
  readonly host: string
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly child: Child
  /** Milliseconds from the start until it answered. */
  readonly readyMs: number
  /** SIGTERM, and waits for the drain. */
  stop(): Promise<void>
  /** SIGKILL at once. */
  kill(): Promise<void>
}

/**
 * Starts a server on `directory` and waits until it is ready.
 * @throws Error with the end of its log when it exits or is not ready in time; it is not running then
 */
export async function startServer(options: StartServerOptions): Promise<Server> {
  const port = options.port ?? (await freePort())
  const child = await launchServer({ ...options, port })
  const url = `http://127.0.0.1:${port}`
  const startedMs = performance.now()
  await untilReady(child, url + readinessPath(options.kind), options.readyWithinMs ?? 30_000)
  return {
    port,
    host: `127.0.0.1:${port}`,
    url,
    child,
    readyMs: performance.now() - startedMs,
    stop: () => child.end('SIGTERM'),
    kill: () => child.end('SIGKILL'),
  }
}

/** Starts the process and does not wait for anything. */
export async function launchServer(options: StartServerOptions & { readonly port: number }): Promise<Child> {
  const command = await serverCommand(options.kind, options)
  return startChild([...(options.under ?? []), ...command], {
    log: `${options.directory}.log`,
    env: { ...(options.env ?? serverEnvironment()), ...options.storage?.env },
  })
}

/** Starts the server and kills it `afterMs` later, ready or not. */
export async function killWhileStarting(
  options: StartServerOptions & { readonly port: number },
  afterMs: number,
): Promise<void> {
  const child = await launchServer(options)
  await sleep(afterMs)
  await child.end('SIGKILL')
}

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port of 127.0.0.1 is free')
  return address.port
}

/** The environment without what would configure the server behind the suite's back. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TSREG|AWS)_/.test(name)))
}

/**
 * Resolves when `url` answers as a registry that is ready does.
 * @throws Error with the end of the log when the program ends, or does not answer in time; it is not running then
 */
export async function untilReady(child: Child, url: string, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await answers(url))) {
    if (!child.isRunning()) throw new Error(`the server ended before it was ready\n${await endOfLog(child)}`)
    if (performance.now() > deadline) {
      await child.end('SIGKILL')
      throw new Error(`the server was not ready after ${patienceMs} ms\n${await endOfLog(child)}`)
    }
    await sleep(20)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    // A registry with authentication answers 401 when it is ready.
    return response.ok || response.status === 401
  } catch {
    return false
  }
}

async function endOfLog(child: Child): Promise<string> {
  const text = await readFile(child.log, 'utf8')
  return `${child.log}:\n${text.trim().split('\n').slice(-15).join('\n')}`
}
