/**
 * The services of the compose file as processes of this machine, started in the order and judged by the health checks that
 * the file gives. Nothing about them is written down here but which program an image is.
 * @module
 */

import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from '../harness/children.ts'
import { attempt } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { toolPath } from '../harness/tools.ts'
import type { ComposeFile, ComposeService } from './compose-file.ts'
import { findPlaces, type Places, unusedPort } from './places.ts'

export interface Arrangement {
  /** `127.0.0.1:<port>` of the published service. */
  readonly host: string
  /** Names of the replicas, in the order of the file. */
  readonly replicas: readonly string[]
  /** Where a service answers. */
  url(service: string): string
  /** Log files of everything that was started. */
  readonly logs: readonly string[]
  /** SIGKILL. */
  kill(service: string): Promise<void>
  /** Starts a service that was killed, and waits until it is healthy. */
  restart(service: string): Promise<void>
  /** Ends everything, the store last. */
  stop(): Promise<void>
}

/** How long a service may take until it is healthy. */
const patienceMs = 90_000

/** @throws Error naming the service that did not become healthy; nothing runs then */
export async function startArrangement(compose: ComposeFile, directory: string): Promise<Arrangement> {
  const places = await findPlaces(compose, join(directory, 'volumes'))
  await makeVolumes(compose, directory)
  const bin = await makePrograms(directory)
  const order = startOrder(compose)
  const running = new Map<string, Child>()
  const commands = new Map<string, readonly string[]>()
  const logOf = (name: string) => join(directory, `${name}.log`)
  const start = async (name: string) => {
    const service = serviceOf(compose, name)
    const home = join(directory, name)
    await mkdir(home, { recursive: true })
    const command = await commandOf(name, service, places, home)
    const child = startChild(command, { log: logOf(name), cwd: home, env: environmentOf(name, service, places, home) })
    running.set(name, child)
    commands.set(name, command)
    await untilHealthy(healthCheckOf(name, service, places), bin, child)
  }
  const stop = async () => {
    for (const name of order.toReversed()) await running.get(name)?.end('SIGTERM')
    await removeSockets(commands.values())
  }
  try {
    for (const name of order) await start(name)
  } catch (error) {
    await stop()
    throw error
  }
  const [published = ''] = order.filter((name) => serviceOf(compose, name).ports !== undefined)
  const portOf = (name: string) => places.portOf(name, listeningPort(serviceOf(compose, name)))
  return {
    host: `127.0.0.1:${portOf(published)}`,
    replicas: order.filter((name) => serviceOf(compose, name).build !== undefined),
    url: (name) => `http://127.0.0.1:${portOf(name)}`,
    logs: order.map(logOf),
    async kill(name) {
      await running.get(name)?.end('SIGKILL')
    },
    restart: start,
    stop,
  }
}

/** Each service behind those it depends on. */
function startOrder({ services }: ComposeFile): readonly string[] {
  const order: string[] = []
  const visit = (name: string, path: readonly string[]) => {
    if (path.includes(name)) throw new Error(`services wait for each other: ${[...path, name].join(', ')}`)
    for (const [needed, { condition }] of Object.entries(services[name]?.depends_on ?? {})) {
      if (condition !== 'service_healthy') throw new Error(`${name} waits for ${needed} until ${condition}`)
      visit(needed, [...path, name])
    }
    if (!order.includes(name)) order.push(name)
  }
  for (const name of Object.keys(services)) visit(name, [])
  return order
}

async function commandOf(
  name: string,
  service: ComposeService,
  places: Places,
  home: string,
): Promise<readonly string[]> {
  const words = (service.command ?? []).map((word) => places.rewrite(name, word))
  if (service.build !== undefined) return [join(repositoryRoot, 'tsreg'), 'serve', ...words]
  const [repository] = service.image.split(':')
  if (repository === 'caddy') return [toolPath('caddy'), ...words.slice(1)]
  if (repository === 'chrislusf/seaweedfs') return [toolPath('weed'), ...words, ...(await placesOfStore(home))]
  throw new Error(`which program is the image ${service.image}?`)
}

/** In a container of its own the store's other ports and sockets are free; here each gets one that is. */
async function placesOfStore(home: string): Promise<readonly string[]> {
  const ports = ['master.port', 'volume.port', 'admin.port', 's3.port.grpc']
  const grpc = ['master', 'filer', 'volume', 'admin'].map((part) => `${part}.port.grpc`)
  return [
    ...(await Promise.all([...ports, ...grpc].map(async (flag) => `-${flag}=${await unusedPort()}`))),
    ...['filer', 's3'].map((part) => `-${part}.localSocket=${join(home, `${part}.sock`)}`),
    '-admin.port.legacy=0',
  ]
}

/** The store leaves sockets behind whose place nobody can choose; their names have the ports. */
async function removeSockets(commands: Iterable<readonly string[]>): Promise<void> {
  for (const word of [...commands].flat()) {
    const [, part, port] = /^-(\w+)\.port\.grpc=(\d+)$/.exec(word) ?? []
    if (port !== undefined) await rm(`/tmp/seaweedfs-${part}-grpc-${port}.sock`, { force: true })
  }
}

function environmentOf(name: string, service: ComposeService, places: Places, home: string): NodeJS.ProcessEnv {
  const given = Object.entries(service.environment ?? {}).map(([key, value]) => [key, places.rewrite(name, value)])
  return { PATH: process.env.PATH, HOME: home, ...Object.fromEntries(given) }
}

async function untilHealthy(check: readonly string[], bin: string, child: Child): Promise<void> {
  const deadline = performance.now() + patienceMs
  const env = { PATH: `${bin}:${process.env.PATH}` }
  while ((await attempt(check, { timeoutMs: 20_000, env })).status !== 0) {
    if (!child.isRunning())
      throw new Error(`${check.join(' ')}: the service ended before it was healthy, see ${child.log}`)
    if (performance.now() > deadline) throw new Error(`${check.join(' ')}: not healthy after ${patienceMs} ms`)
    await sleep(100)
  }
}

/** The check as the file has it. */
function healthCheckOf(name: string, { healthcheck }: ComposeService, places: Places): readonly string[] {
  const [kind, ...words] = (healthcheck?.test ?? []).map((word) => places.rewrite(name, word))
  if (kind === 'CMD-SHELL') return ['sh', '-c', ...words]
  if (kind === 'CMD') return words
  throw new Error(`the health check of ${name} is of the kind ${kind}`)
}

/** The programs that health checks call, as the images have them. */
async function makePrograms(directory: string): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin)
  await symlink(process.execPath, join(bin, 'node'))
  await symlink(toolPath('busybox'), join(bin, 'wget'))
  return bin
}

async function makeVolumes({ volumes = {} }: ComposeFile, directory: string): Promise<void> {
  for (const name of Object.keys(volumes)) await mkdir(join(directory, 'volumes', name), { recursive: true })
}

function serviceOf({ services }: ComposeFile, name: string): ComposeService {
  const service = services[name]
  if (service === undefined) throw new Error(`there is no service ${name}`)
  return service
}

function listeningPort({ healthcheck }: ComposeService): number {
  return Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(healthcheck?.test.join(' ') ?? '')?.[1])
}
