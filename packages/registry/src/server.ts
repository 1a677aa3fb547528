/**
 * The HTTP server with timeouts for layers instead of web pages: no limit to how long a request may take, and a
 * connection that stays open longer than a load balancer's.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { Server, ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { type RegistryConfig, StartError } from './config/index.ts'
import type { Listeners } from './listener.ts'
import type { Services } from './services.ts'
import { watchFiles } from './watch-files.ts'

// An import of node:http runs all of its getters, one of which loads the whole of fetch: 50 ms of the start.
const { createServer } = process.getBuiltinModule('node:http')

/** HTTP, or HTTPS where there is a certificate. Not listening yet. @throws StartError CONFIG_INVALID */
export async function createRegistryServer(services: Services, listeners: Listeners): Promise<Server> {
  const { config } = services
  const server = await makeServer(services, serverOptions(config))
  server.on('request', listeners.request)
  server.on('checkContinue', listeners.checkContinue)
  server.on('connect', (_request, socket: Socket) => refuseTunnel(socket))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerClientError(services, error, socket))
  return server
}

/** Ready when it resolves. @throws StartError IN_USE, CONFIG_INVALID */
export async function listen(
  server: Server,
  address: { readonly host?: string; readonly port: number },
): Promise<void> {
  const shown = `${address.host ?? '*'}:${address.port}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(startError(cause, shown)))
    server.listen({ host: address.host, port: address.port }, resolve)
  })
  server.removeAllListeners('error')
}

function serverOptions(config: RegistryConfig): ServerOptions {
  const headersTimeout = config.headerTimeoutSeconds * 1000
  return {
    // A layer may take hours; the rate watchdog tells who is stuck.
    requestTimeout: 0,
    headersTimeout,
    connectionsCheckingInterval: Math.max(10, Math.min(30_000, headersTimeout / 2)),
    keepAliveTimeout: config.keepAliveSeconds * 1000,
    maxHeaderSize: config.maxHeaderBytes,
  }
}

async function makeServer({ config, log }: Services, options: ServerOptions): Promise<Server> {
  const { tlsCert, tlsKey } = config
  if (tlsCert === undefined || tlsKey === undefined) return createServer(options)
  const load = async () => ({ cert: await readPem('tlsCert', tlsCert), key: await readPem('tlsKey', tlsKey) })
  const pair = await load()
  let server: ReturnType<typeof createTlsServer>
  try {
    server = createTlsServer({ ...options, ...pair })
  } catch (cause) {
    const problem = `tlsCert, tlsKey: ${tlsCert} and ${tlsKey} are no certificate and its key: ${(cause as Error).message}`
    throw new StartError('CONFIG_INVALID', problem, { setting: 'tlsCert', cause })
  }
  const watcher = watchFiles([tlsCert, tlsKey], async () => {
    try {
      server.setSecureContext(await load())
      log.logger.info({ tlsCert }, 'certificate read again')
    } catch (error) {
      log.logger.error({ err: error }, 'the new certificate cannot be used; the old one stays')
    }
  })
  server.once('close', () => watcher.close())
  return server
}

async function readPem(setting: 'tlsCert' | 'tlsKey', file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const problem = `${setting}: cannot read ${file}: ${(cause as Error).message}`
    throw new StartError('CONFIG_INVALID', problem, { setting, cause })
  }
}

function startError(cause: NodeJS.ErrnoException, shown: string): Error {
  if (cause.code === 'EADDRINUSE') {
    return new StartError(
      'IN_USE',
      `${shown} is in use by another process, perhaps another registry; stop that one, or listen on another port`,
      { setting: 'listen', cause },
    )
  }
  const advice =
    cause.code === 'EACCES'
      ? 'ports below 1024 need privileges; use another port'
      : 'it must be an address of this machine, such as 127.0.0.1, or a name that stands for one'
  return new StartError('CONFIG_INVALID', `cannot listen on ${shown} (${cause.code}); ${advice}`, {
    setting: 'listen',
    cause,
  })
}

/**
 * What is no HTTP gets an answer that says so, in the specification's JSON. A request that breaks off or turns into
 * garbage in its middle is lost with its connection; garbage behind a whole request waits for the answer to that one.
 */
function answerClientError({ inFlight }: Services, error: NodeJS.ErrnoException, socket: Socket): void {
  const open = [...inFlight].filter(({ request }) => request.socket === socket)
  const last = open.at(-1)
  if (last?.request.complete === true) {
    last.response.shouldKeepAlive = false
    last.response.once('close', () => socket.destroySoon())
    return
  }
  if (last !== undefined || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, message] = clientErrors[error.code ?? ''] ?? (['400 Bad Request', 'this is not HTTP/1.1'] as const)
  endWith(socket, status, message)
}

/** Without a listener the connection of a CONNECT would be closed and nothing said. */
function refuseTunnel(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  endWith(socket, '501 Not Implemented', 'CONNECT is for proxies; this is a registry')
}

/** The last words on a connection that has no response of its own. */
function endWith(socket: Socket, status: string, message: string): void {
  const body = JSON.stringify({ errors: [{ code: 'UNSUPPORTED', message }] })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const clientErrors: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers of the request are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the headers of the request did not come in time'],
}
