/**
 * A store for a suite: one of the servers, or the double that runs in this process.
 * @module
 */

import { join } from 'node:path'
import { startS3Double } from '@tsreg/storage/testing/s3-double'
import type { SuiteArguments } from '../arguments.ts'
import type { StorageTarget } from '../server-kinds.ts'
import type { ToolName } from '../tools.ts'
import { s3Tools, startS3Server } from './server.ts'

export interface S3Store {
  /** With its version. */
  readonly name: string
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** A storage under a prefix of the bucket. */
  storage(prefix: string): StorageTarget
  stop(): Promise<void>
}

/** What `--store` may say. */
export const storeKinds = ['double', 'seaweedfs', 'ceph'] as const
export type StoreKind = (typeof storeKinds)[number]

/** @throws TypeError for another `--store` */
export function storeKindOf({ flags }: Pick<SuiteArguments, 'flags'>, byDefault: StoreKind): StoreKind {
  const given = flags.store ?? byDefault
  const kind = storeKinds.find((candidate) => candidate === given)
  if (kind === undefined) throw new TypeError(`--store is ${given}: give one of ${storeKinds.join(', ')}`)
  return kind
}

/** The programs that a kind needs. */
export function storeTools(kind: StoreKind): readonly ToolName[] {
  return kind === 'double' ? [] : s3Tools[kind]
}

export async function startStore(kind: StoreKind, directory: string): Promise<S3Store> {
  if (kind !== 'double') return await startS3Server({ kind, directory: join(directory, kind) })
  const double = await startS3Double()
  const { endpoint, accessKeyId, secretAccessKey, region } = double
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  return {
    ...{ name: 'the S3 double', endpoint, accessKeyId, secretAccessKey },
    storage: (prefix) => ({ url: double.storageUrl(prefix), env }),
    stop: () => double.close(),
  }
}
