/**
 * Ceph's S3 gateway on a cluster of one monitor and one store in memory, without authentication among themselves: a
 * production S3 server in 12 seconds and 400 MB.
 * @module
 */

import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from '../children.ts'
import { attempt, run } from '../command.ts'
import { freePort } from '../server.ts'
import { toolPath } from '../tools.ts'
import type { S3Daemon } from './server.ts'

const accessKeyId = 'testkey'
const secretAccessKey = 'testsecret'

/** Starts it in `directory`. Needs root, as Debian's Ceph does. */
export async function startCeph(directory: string): Promise<S3Daemon> {
  for (const name of ['mon', 'osd', 'run', 'log']) await mkdir(join(directory, name))
  const monitor = `v1:127.0.0.1:${await freePort()}/0`
  const port = await freePort()
  const clusterId = randomUUID()
  const configuration = join(directory, 'ceph.conf')
  await writeFile(configuration, configurationText(directory, clusterId, monitor))
  const children: Child[] = []
  const ceph = (program: 'ceph' | 'ceph-mon' | 'ceph-osd' | 'monmaptool' | 'radosgw-admin', ...args: string[]) =>
    run([toolPath(program), ...(program === 'monmaptool' ? [] : ['-c', configuration]), ...args], { timeoutMs: 60_000 })
  const start = (program: 'ceph-mon' | 'ceph-osd' | 'radosgw', ...args: string[]) => {
    // In the foreground: a process that hides could outlive us.
    const command = [toolPath(program), '-c', configuration, '-f', ...args]
    children.push(startChild(command, { log: join(directory, 'log', `${program}.out`) }))
  }

  try {
    const map = join(directory, 'monmap')
    await ceph('monmaptool', '--create', '--clobber', '--fsid', clusterId, '--addv', 'a', `[${monitor}]`, map)
    await ceph('ceph-mon', '-i', 'a', '--mkfs', '--monmap', map, '--keyring', '/dev/null')
    start('ceph-mon', '-i', 'a')
    await untilMonitored(configuration)
    const storeId = randomUUID()
    await ceph('ceph', 'osd', 'new', storeId)
    await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', storeId)
    start('ceph-osd', '-i', '0')
    // It makes the pools that the gateway would make, and waits for the store as the gateway would.
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey]
    await ceph('radosgw-admin', 'user', 'create', '--uid=test', '--display-name=test', ...keys)
    start('radosgw', '-n', 'client.rgw', '--rgw-frontends', `beast endpoint=127.0.0.1:${port}`)
    const [, version = ''] = /version (\S+)/.exec(await ceph('ceph', '--version')) ?? []
    const name = `Ceph RGW ${version}`
    return { name, endpoint: `http://127.0.0.1:${port}`, accessKeyId, secretAccessKey, children }
  } catch (error) {
    await Promise.all(children.map((child) => child.end('SIGKILL')))
    throw error
  }
}

async function untilMonitored(configuration: string): Promise<void> {
  const command = [toolPath('ceph'), '-c', configuration, '--connect-timeout', '5', '-s']
  for (let tries = 0; (await attempt(command, { timeoutMs: 10_000 })).status !== 0; tries++) {
    if (tries > 20) throw new Error("Ceph's monitor does not answer")
    await sleep(200)
  }
}

function configurationText(directory: string, clusterId: string, monitor: string): string {
  const global = {
    fsid: clusterId,
    'mon host': monitor,
    'ms bind msgr2': false,
    'public network': '127.0.0.0/8',
    'auth cluster required': 'none',
    'auth service required': 'none',
    'auth client required': 'none',
    'auth supported': 'none',
    'run dir': `${directory}/run`,
    'admin socket': `${directory}/run/$cluster-$name.asok`,
    'pid file': `${directory}/run/$name.pid`,
    'log file': `${directory}/log/$name.log`,
    'mon data': `${directory}/mon`,
    'osd data': `${directory}/osd`,
    'mgr data': `${directory}/mgr`,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 4,
    'osd pool default pgp num': 4,
    'osd pool default pg autoscale mode': 'off',
    'mon max pg per osd': 2000,
    'mon allow pool size one': true,
    // A disk that is nearly full is none of its business: the store lies in memory.
    'mon data avail warn': 1,
    'mon data avail crit': 1,
    'osd crush chooseleaf type': 0,
    'osd objectstore': 'memstore',
    'memstore device bytes': 8 * 1024 ** 3,
    'memstore page set': false,
    'osd class load list': '*',
    'osd class default allow list': '*',
  }
  const gateway = {
    'rgw enable usage log': false,
    'rgw enable ops log': false,
    'rgw dns name': '127.0.0.1',
    'rgw override bucket index max shards': 1,
    'rgw dynamic resharding': false,
    'rgw run sync thread': false,
  }
  const section = (name: string, settings: Readonly<Record<string, string | number | boolean>>) =>
    [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`)].join('\n')
  return `${section('global', global)}\n${section('client.rgw', gateway)}\n`
}
