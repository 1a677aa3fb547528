/**
 * SeaweedFS in one process: master, volumes, filer and S3 gateway.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from '../children.ts'
import { run } from '../command.ts'
import { freePort } from '../server.ts'
import { toolPath } from '../tools.ts'
import type { S3Daemon } from './server.ts'

const accessKeyId = 'testkey'
const secretAccessKey = 'testsecret'

export async function startSeaweed(directory: string): Promise<S3Daemon> {
  const data = join(directory, 'data')
  await mkdir(data)
  const port = await freePort()
  const parts = ['master', 'volume', 'filer', 's3'] as const
  const grpcPorts = await Promise.all(parts.map(async (part) => `-${part}.port.grpc=${await freePort()}`))
  const [master, volume, filer] = await Promise.all([freePort(), freePort(), freePort()])
  const command = [
    ...[toolPath('weed'), '-logtostderr', 'server', `-dir=${data}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
    ...[`-master.port=${master}`, `-volume.port=${volume}`, `-filer.port=${filer}`, `-s3.port=${port}`, ...grpcPorts],
    ...['-filer', '-s3', '-s3.port.iceberg=0', '-s3.port.lance=0', '-master.telemetry=false'],
    ...[`-filer.localSocket=${join(directory, 'filer.sock')}`, `-s3.localSocket=${join(directory, 's3.sock')}`],
    // As many volumes as the disk has room for: a bucket takes several at once.
    ...['-master.volumeSizeLimitMB=1024', '-volume.max=0'],
  ]
  // Whoever has these keys is the administrator.
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const env = { ...process.env, ...keys }
  const child = startChild(command, { log: join(directory, 'weed.log'), cwd: directory, env })
  const [, version = ''] = /version \S+ (\S+)/.exec(await run([toolPath('weed'), 'version'])) ?? []
  const name = `SeaweedFS ${version}`
  return { name, endpoint: `http://127.0.0.1:${port}`, accessKeyId, secretAccessKey, children: [child] }
}
