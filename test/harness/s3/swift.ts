/**
 * OpenStack Swift with its S3 interface: one replica on one device, no authentication server. It answers every
 * conditional write with 501.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from '../children.ts'
import { run } from '../command.ts'
import { freePort } from '../server.ts'
import { toolPath } from '../tools.ts'
import type { S3Daemon } from './server.ts'

const ringNames = ['object', 'container', 'account'] as const
type RingName = (typeof ringNames)[number]

/** Starts it in `directory`. Needs root, whom its servers run as. */
export async function startSwift(directory: string): Promise<S3Daemon> {
  const etc = join(directory, 'etc')
  await mkdir(etc)
  await mkdir(join(directory, 'node', 'd1'), { recursive: true })
  await writeFile(join(etc, 'swift.conf'), swiftText)
  const port = await freePort()
  const cachePort = await freePort()
  const start = (program: Parameters<typeof toolPath>[0], ...args: string[]) => {
    const log = join(directory, `${program}.log`)
    return startChild([toolPath(program), ...args], { log, env: { ...process.env, SWIFT_DIR: etc } })
  }

  for (const name of ringNames) {
    const ringPort = await freePort()
    await makeRing(etc, name, ringPort)
    await writeFile(join(etc, `${name}-server.conf`), ringServerText(directory, name, ringPort))
  }
  const proxyText = proxyServerText(directory, port, cachePort)
  await writeFile(join(etc, 'proxy-server.conf'), proxyText)
  const children = [start('memcached', '-u', 'root', '-l', '127.0.0.1', '-p', String(cachePort), '-m', '64')]
  for (const name of [...ringNames, 'proxy'] as const) {
    children.push(start(`swift-${name}-server`, join(etc, `${name}-server.conf`), '-v'))
  }
  return {
    name: `Swift ${await packageVersion()}`,
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: 'test:tester',
    secretAccessKey: 'testing',
    children,
  }
}

async function makeRing(etc: string, name: RingName, port: number): Promise<void> {
  const ring = (...args: string[]) => run([toolPath('swift-ring-builder'), `${name}.builder`, ...args], { cwd: etc })
  await ring('create', '6', '1', '0')
  await ring('add', `r1z1-127.0.0.1:${port}/d1`, '1')
  await ring('rebalance')
}

async function packageVersion(): Promise<string> {
  const script = "from importlib.metadata import version; print(version('swift'))"
  return await run(['/usr/bin/python3', '-c', script])
}

const swiftText = `[swift-hash]
swift_hash_path_prefix = p
swift_hash_path_suffix = s
[storage-policy:0]
name = gold
policy_type = replication
default = yes
[swift-constraints]
max_header_size = 16384
`

function commonText(directory: string, port: number): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
user = root
swift_dir = ${directory}/etc
workers = 0
log_level = WARNING
log_address = ${directory}/no-syslog
`
}

function ringServerText(directory: string, name: RingName, port: number): string {
  return `${commonText(directory, port)}devices = ${directory}/node
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
allow_versions = true
[${name}-replicator]
[${name}-updater]
[${name}-auditor]
`
}

/** The filters between a request and the proxy, in order, with their settings. */
const filters: Readonly<Record<string, readonly string[]>> = {
  catch_errors: [],
  gatekeeper: [],
  'proxy-logging': ['use = egg:swift#proxy_logging'],
  cache: ['use = egg:swift#memcache'],
  listing_formats: [],
  bulk: [],
  s3api: [
    ...['s3_acl = false', 'location = us-east-1', 'check_bucket_owner = false'],
    ...['allow_multipart_uploads = true', 'max_upload_part_num = 10000', 'min_segment_size = 5242880'],
  ],
  tempauth: ['user_test_tester = testing .admin'],
  copy: [],
  slo: [],
  dlo: [],
  versioned_writes: ['allow_versioned_writes = true', 'allow_object_versioning = true'],
  symlink: [],
}

function proxyServerText(directory: string, port: number, cachePort: number): string {
  const sections = Object.entries(filters).map(([name, settings]) => {
    const use = settings.some((line) => line.startsWith('use =')) ? [] : [`use = egg:swift#${name}`]
    const servers = name === 'cache' ? [`memcache_servers = 127.0.0.1:${cachePort}`] : []
    return [`[filter:${name}]`, ...use, ...settings, ...servers].join('\n')
  })
  return `${commonText(directory, port)}[pipeline:main]
pipeline = ${Object.keys(filters).join(' ')} proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
${sections.join('\n')}
`
}
