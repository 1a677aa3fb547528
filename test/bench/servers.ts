/**
 * The servers that are measured side by side, each on its own port and its own fresh directory: ours, distribution 3,
 * olareg, docker-registry 2.8.2 and nginx with the same bytes as static files.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface BenchServer {
  readonly name: ServerName
  readonly port: number
  readonly pid: number
  readonly directory: string
  /** Milliseconds from the start of the process to its first answer. */
  readonly readyMs: number
  stop(): Promise<void>
}

export type ServerName = 'tsreg' | 'distribution3' | 'olareg' | 'docker-registry' | 'nginx'

export interface StartOptions {
  readonly root: string
  /** The checkout whose `./tsreg` is measured. */
  readonly checkout: string
  /** Where `go install` puts its programs. */
  readonly goBin: string
  /** Access logs as each server has them by default, written to a file; otherwise off. */
  readonly logs: boolean
}

export async function startServer(name: ServerName, options: StartOptions): Promise<BenchServer> {
  const directory = join(options.root, `${name}${options.logs ? '-logs' : ''}`)
  return await startProcess(name, directory, (port) => commands[name](port, directory, options))
}

/** Starts what `commandFor` says for a free port, and waits for its first answer. `directory` is made, and holds its log. */
export async function startProcess(
  name: ServerName,
  directory: string,
  commandFor: (port: number) => Command,
): Promise<BenchServer> {
  mkdirSync(directory, { recursive: true })
  const port = await freePort()
  const { command, args, env } = commandFor(port)
  const log = openSync(join(directory, 'server.log'), 'w')
  const begun = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}; see ${directory}/server.log`)))
  })
  failed.catch(() => {})
  try {
    await Promise.race([failed, answering(port)])
  } catch (error) {
    await stop(child)
    throw error
  }
  const readyMs = performance.now() - begun
  if (child.pid === undefined) throw new Error(`${name} has no process id`)
  return { name, port, pid: child.pid, directory, readyMs, stop: () => stop(child) }
}

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const commands: Record<ServerName, (port: number, directory: string, options: StartOptions) => Command> = {
  tsreg: (port, directory, { checkout, logs }) => ({
    command: join(checkout, 'tsreg'),
    args: [
      'serve',
      '--listen',
      `127.0.0.1:${port}`,
      '--storage',
      `file:${join(directory, 'data')}`,
      ...(logs ? [] : ['--no-access-log']),
    ],
  }),
  distribution3: (port, directory, { goBin, logs }) => ({
    command: join(goBin, 'registry'),
    args: ['serve', distributionConfig(port, directory, logs)],
    env: { OTEL_TRACES_EXPORTER: 'none' },
  }),
  'docker-registry': (port, directory, { logs }) => ({
    command: 'docker-registry',
    args: ['serve', distributionConfig(port, directory, logs)],
  }),
  olareg: (port, directory, { goBin, logs }) => ({
    command: join(goBin, 'olareg'),
    args: ['serve', '--dir', join(directory, 'data'), '--port', String(port), '-v', logs ? 'info' : 'error'],
  }),
  nginx: (port, directory, { logs }) => ({ command: 'nginx', args: ['-c', nginxConfig(port, directory, logs)] }),
}

function distributionConfig(port: number, directory: string, logs: boolean): string {
  const file = join(directory, 'config.yml')
  const quiet = 'log:\n  level: error\n  accesslog:\n    disabled: true\n'
  writeFileSync(
    file,
    `version: 0.1\n${logs ? '' : quiet}storage:\n  filesystem:\n    rootdirectory: ${directory}/data\n  cache:\n    blobdescriptor: inmemory\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:${port}\n`,
  )
  return file
}

function nginxConfig(port: number, directory: string, logs: boolean): string {
  const file = join(directory, 'nginx.conf')
  mkdirSync(join(directory, 'www'), { recursive: true })
  writeFileSync(
    file,
    `daemon off;\nuser root;\nworker_processes 2;\npid ${directory}/nginx.pid;\nerror_log ${directory}/error.log;\nevents { worker_connections 2048; }\nhttp {\n  access_log ${logs ? `${directory}/access.log` : 'off'};\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 1000000;\n  open_file_cache max=1000;\n  client_body_temp_path ${directory}/body;\n  proxy_temp_path ${directory}/proxy;\n  fastcgi_temp_path ${directory}/fastcgi;\n  uwsgi_temp_path ${directory}/uwsgi;\n  scgi_temp_path ${directory}/scgi;\n  server {\n    listen 127.0.0.1:${port} backlog=1024;\n    root ${directory}/www;\n    default_type application/octet-stream;\n  }\n}\n`,
  )
  return file
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** A store that has just begun lets a registry wait. */
const patienceMs = 60_000

async function answering(port: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/v2/`, { headers: { connection: 'close' } })
      await response.arrayBuffer()
      return
    } catch {
      await sleep(4)
    }
  }
  throw new Error(`nothing answers on port ${port}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await exited
  clearTimeout(timer)
}
