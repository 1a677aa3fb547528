/**
 * Starts a registry, and stops it without losing a request.
 * @module
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RegistryStorage } from '@tsreg/storage'
import type { Logger } from 'pino'
import { type AccessController, htpasswdAccess, openAccess } from './access/index.ts'
import {
  checkSettings,
  isLoopback,
  parseListenAddress,
  type RegistryConfig,
  type RegistrySettings,
  requireAuthentication,
} from './config/index.ts'
import { createListeners } from './listener.ts'
import { type Log, logTo, openLog } from './log/log.ts'
import { createMetrics } from './metrics/metrics.ts'
import { openNamedStorage } from './open-storage.ts'
import { createRegistryServer, listen } from './server.ts'
import { rememberRepositories, type Services } from './services.ts'
import { warningsOf } from './storage-warnings.ts'
import { startUpkeep } from './upkeep.ts'

export interface StartOptions {
  /** @default JSON lines on standard output */
  readonly logger?: Logger
  /** Used, and closed at the end, instead of the one that the setting `storage` names. */
  readonly storage?: RegistryStorage
  /** Used, and closed at the end, instead of what `htpasswd` names. */
  readonly access?: AccessController
}

export interface RunningRegistry {
  /** With the port that was given: `http://127.0.0.1:5000`. */
  readonly url: string
  readonly address: AddressInfo
  /**
   * Takes no new connections, lets running requests finish within `shutdownGraceSeconds` (answering
   * `Connection: close`), cuts off what is left, and closes the storage. A second call waits for the first.
   */
  close(): Promise<void>
}

/**
 * Ready to serve when it resolves.
 * @throws StartError CONFIG_INVALID, IN_USE; what the storage throws when it cannot be opened
 */
export async function startRegistry(
  settings: RegistrySettings = {},
  options: StartOptions = {},
): Promise<RunningRegistry> {
  const config = checkSettings(settings)
  const address = parseListenAddress(config.listen)
  requireAuthentication(config, address)
  const log = options.logger === undefined ? openLog(config.logLevel) : logTo(options.logger)
  const access = options.access ?? (await openAccessController(config, log))
  const metrics = createMetrics()
  let storage: RegistryStorage | undefined
  try {
    const opening = options.storage ?? openNamedStorage(config, log.logger, metrics)
    // express takes longest to load: it does so while the storage waits for its disk.
    const loading = import('./app.ts')
    storage = await opening
    const { createApp } = await loading
    const services = createServices(config, { access, log, metrics, storage })
    const server = await createRegistryServer(services, createListeners(services, createApp(config)))
    await listen(server, address)
    return run(services, server)
  } catch (error) {
    access.close()
    await storage?.close()
    throw error
  }
}

function openAccessController(config: RegistryConfig, { logger }: Log): Promise<AccessController> | AccessController {
  const { htpasswd: file, realm, anonymousPull } = config
  if (file === undefined) return openAccess()
  return htpasswdAccess({
    file,
    realm,
    anonymousPull,
    onReload(result) {
      if ('users' in result) logger.info({ file, users: result.users }, 'htpasswd read again')
      else logger.error({ file, reason: result.error.message }, 'the new htpasswd cannot be used; the old users stay')
    },
  })
}

function createServices(
  config: RegistryConfig,
  parts: Pick<Services, 'access' | 'log' | 'metrics' | 'storage'>,
): Services {
  return {
    ...parts,
    config,
    inFlight: new Set(),
    draining: false,
    repository: rememberRepositories(parts.storage),
  }
}

function run(services: Services, server: Server): RunningRegistry {
  const { config, log } = services
  const upkeep = startUpkeep(services)
  const address = server.address() as AddressInfo
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  const url = `${config.tlsCert === undefined ? 'http' : 'https'}://${host}:${address.port}`
  warnAboutClearPasswords(services)
  for (const warning of warningsOf(services.storage.state())) log.logger.warn(warning)
  log.logger.info(
    { url, storage: config.storage.replace(/\?.*$/, ''), authentication: config.htpasswd !== undefined },
    'listening',
  )

  const stop = async (): Promise<void> => {
    services.draining = true
    log.logger.info({ inFlight: services.inFlight.size }, 'shutting down')
    await Promise.all([drain(services, server), upkeep.stop()])
    services.access.close()
    await services.storage.close()
    log.logger.info('stopped')
    await log.flush()
  }
  let stopped: Promise<void> | undefined
  return {
    url,
    address,
    close() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** A response that has not begun can still say `Connection: close`; idle connections are closed at once. */
async function drain(services: Services, server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const { response } of services.inFlight) if (!response.headersSent) response.shouldKeepAlive = false
  const timer = setTimeout(() => {
    services.log.logger.warn({ inFlight: services.inFlight.size }, 'grace is over, cutting off')
    server.closeAllConnections()
  }, services.config.shutdownGraceSeconds * 1000)
  await closed
  clearTimeout(timer)
}

function warnAboutClearPasswords({ config, log }: Services): void {
  if (config.htpasswd === undefined || config.tlsCert !== undefined) return
  if (isLoopback(parseListenAddress(config.listen))) return
  log.logger.warn('passwords arrive unencrypted unless TLS ends before this address; set tlsCert and tlsKey')
}
