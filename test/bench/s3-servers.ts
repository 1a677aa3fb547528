/**
 * The registries that share one bucket, each below a prefix of its own: ours, and distribution 3 with its S3 driver.
 * Neither writes access logs.
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { S3Server } from '../harness/s3/server.ts'
import { type BenchServer, type Command, type StartOptions, startProcess } from './servers.ts'

export const s3ServerNames = ['tsreg', 'distribution3'] as const
export type S3ServerName = (typeof s3ServerNames)[number]

export interface StartOnS3Options extends Omit<StartOptions, 'logs'> {
  readonly store: S3Server
}

export async function startOnS3(name: S3ServerName, options: StartOnS3Options): Promise<BenchServer> {
  const directory = join(options.root, `${name}-s3`)
  return await startProcess(name, directory, (port) => commands[name](port, directory, options))
}

const commands: Record<S3ServerName, (port: number, directory: string, options: StartOnS3Options) => Command> = {
  tsreg: (port, _, { checkout, store }) => {
    const { url, env } = store.storage('tsreg')
    return {
      command: join(checkout, 'tsreg'),
      args: ['serve', '--listen', `127.0.0.1:${port}`, '--storage', url, '--no-access-log'],
      env,
    }
  },
  distribution3: (port, directory, { goBin, store }) => ({
    command: join(goBin, 'registry'),
    args: ['serve', distributionConfig(port, directory, store)],
    env: { OTEL_TRACES_EXPORTER: 'none' },
  }),
}

function distributionConfig(port: number, directory: string, store: S3Server): string {
  const path = join(directory, 'config.yml')
  const s3 = {
    region: store.region,
    regionendpoint: store.endpoint,
    forcepathstyle: true,
    bucket: store.bucket,
    rootdirectory: '/distribution3',
    accesskey: store.accessKeyId,
    secretkey: store.secretAccessKey,
  }
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { s3, cache: { blobdescriptor: 'inmemory' }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  }
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config))
  return path
}
