/**
 * The socket over which `tsreg gc` and `tsreg fsck` hand their work to the registry that owns the directory. Only its user
 * may connect: the file has mode 0600.
 * @module
 */
import { rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { isOciError } from '@tsreg/oci'
import type { Services } from '../services.ts'
import { controlName, controlPath } from './control-path.ts'
import { linesOf } from './lines.ts'
import { perform } from './perform.ts'
import { type MaintenanceEvent, protocolVersion, requestSchema } from './request.ts'

export interface ControlServer {
  /** Ends what is under way, which the next run goes on with, and takes the socket away. */
  close(): Promise<void>
}

/** A request that has not come by then is not waited for. */
const requestTimeoutMs = 10_000
const maxRequestChars = 1024 * 1024
const progressIntervalMs = 200

/** Undefined for a store that no single process owns: there the commands do their work themselves. */
export async function serveControl(services: Services): Promise<ControlServer | undefined> {
  const { directory } = services.storage.state()
  if (directory === undefined) return undefined
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const server = createServer((socket) => {
    const work = answer(services, socket, stopping.signal).finally(() => running.delete(work))
    running.add(work)
  })
  const file = join(directory, controlName)
  // What a crash left; nobody else listens there, because this process owns the directory.
  await rm(file, { force: true })
  await listen(server, directory)
  return {
    async close() {
      stopping.abort()
      server.close()
      await Promise.all(running)
      await rm(file, { force: true })
    },
  }
}

async function listen(server: Server, directory: string): Promise<void> {
  using control = controlPath(directory)
  // The socket is made with this mask, so there is no moment at which others may connect.
  const mask = process.umask(0o177)
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(control.path, () => resolve())
  })
  process.umask(mask)
  await listening
}

async function answer(services: Services, socket: Socket, stopping: AbortSignal): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort(new Error('whoever asked has gone')))
  socket.on('error', () => {})
  const signal = AbortSignal.any([gone.signal, stopping])
  const send = sender(socket)
  try {
    const request = requestSchema.parse(checkProtocol(await readRequest(socket)))
    services.log.logger.info({ request }, 'maintenance begins')
    const { gcMaxRequestsPerSecond: maxRequestsPerSecond, gcMemoryBytes: markBytes } = services.config
    const limits = { maxRequestsPerSecond, markBytes, isOwner: true }
    const result = await perform(services.storage, request, { ...limits, onEvent: throttled(send), signal })
    services.log.logger.info({ result }, 'maintenance is done')
    if (result.verb === 'gc' && result.report.outcome === 'done') services.metrics.countGarbage(result.report)
    await send({ result })
  } catch (error) {
    if (!gone.signal.aborted) services.log.logger.warn({ err: error }, 'maintenance failed')
    await send({ error: stopping.aborted ? shuttingDown : describe(error) }).catch(() => {})
  } finally {
    socket.end()
  }
}

const shuttingDown = { code: 'UNAVAILABLE', message: 'the registry is shutting down; run the command again' }

/** One line, of a length that a policy may need and not more. What comes behind it is not read. */
async function readRequest(socket: Socket): Promise<unknown> {
  const timer = setTimeout(() => socket.destroy(), requestTimeoutMs)
  const lines = linesOf(socket, maxRequestChars)
  try {
    const { value, done } = await lines.next()
    if (done) throw new Error('no request came')
    return JSON.parse(value)
  } finally {
    clearTimeout(timer)
    await lines.return(undefined)
    // An end that is not read is not told.
    socket.resume()
  }
}

function checkProtocol(request: unknown): unknown {
  const { protocol } = (request ?? {}) as { protocol?: unknown }
  if (protocol === protocolVersion) return request
  throw new Error(
    `the running registry speaks version ${protocolVersion} of this protocol, the command ${String(protocol)}; use the same tsreg for both`,
  )
}

/** Sends a line; resolves when the socket takes more. */
function sender(socket: Socket): (line: object) => Promise<void> {
  return async (line) => {
    if (socket.destroyed || socket.write(`${JSON.stringify(line)}\n`)) return
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.once('drain', done)
      socket.once('close', done)
    })
  }
}

/** Progress goes out a few times a second, the rest at once. */
function throttled(send: (line: object) => Promise<void>): (event: MaintenanceEvent) => Promise<void> {
  let lastMs = 0
  let phase: string | undefined
  return async (event) => {
    if (!('progress' in event)) return await send(event)
    const now = performance.now()
    if (event.progress.phase === phase && now - lastMs < progressIntervalMs) return
    lastMs = now
    phase = event.progress.phase
    await send(event)
  }
}

function describe(error: unknown): object {
  const { message } = error as Error
  if (!isOciError(error)) return { code: 'UNKNOWN', message }
  return { code: error.code, message, ...(error.detail === undefined ? {} : { detail: error.detail }) }
}
