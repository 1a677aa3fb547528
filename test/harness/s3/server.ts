/**
 * S3 servers as processes, with one empty bucket: each on free ports of 127.0.0.1, all it keeps in one directory, killed
 * by process id.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../children.ts'
import { messageOf } from '../report.ts'
import type { StorageTarget } from '../server-kinds.ts'
import type { ToolName } from '../tools.ts'
import { createBucket } from './bucket.ts'
import { startCeph } from './ceph.ts'
import { startSeaweed } from './seaweedfs.ts'
import { startSwift } from './swift.ts'

/** `ceph` and `seaweedfs` have compare-and-swap, `swift` has no condition on any write. */
export type S3ServerKind = 'ceph' | 'seaweedfs' | 'swift'

/** What each kind needs, for `runSuite`. */
export const s3Tools = {
  ceph: ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool'],
  seaweedfs: ['weed'],
  swift: [
    ...(['swift-proxy-server', 'swift-account-server', 'swift-container-server', 'swift-object-server'] as const),
    ...(['swift-ring-builder', 'memcached'] as const),
  ],
} as const satisfies Readonly<Record<S3ServerKind, readonly ToolName[]>>

/** A server whose processes run; whether it answers yet is another matter. */
export interface S3Daemon {
  /** With its version, e.g. `Ceph RGW 16.2.15`. */
  readonly name: string
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** In the order of their start. */
  readonly children: readonly Child[]
}

export interface S3Server extends Omit<S3Daemon, 'children'> {
  readonly kind: S3ServerKind
  readonly region: string
  /** The bucket that was made. */
  readonly bucket: string
  /** Of its processes, in the order of their start. */
  readonly pids: readonly number[]
  /** How long the start took. */
  readonly readyMs: number
  /** A storage under a prefix of the bucket, for `startServer` and `openBucket`. */
  storage(prefix: string): StorageTarget
  /** SIGKILL: nothing it keeps is wanted any more. */
  stop(): Promise<void>
}

export interface StartS3Options {
  readonly kind: S3ServerKind
  /** Made here. */
  readonly directory: string
  /** How long it may take until the bucket is there; default 120 000. */
  readonly readyWithinMs?: number
}

const region = 'us-east-1'
const bucket = 'tsreg'
const starters = { ceph: startCeph, seaweedfs: startSeaweed, swift: startSwift }

/**
 * Starts the server, and resolves when its bucket is there.
 * @throws Error naming the logs when it is not in time; nothing of it runs then
 */
export async function startS3Server({ kind, directory, readyWithinMs = 120_000 }: StartS3Options): Promise<S3Server> {
  await mkdir(directory, { recursive: true })
  const startedMs = performance.now()
  const { children, ...daemon } = await starters[kind](directory)
  const stop = async () => {
    await Promise.all(children.toReversed().map((child) => child.end('SIGKILL')))
  }
  try {
    await untilBucket(daemon, children, startedMs + readyWithinMs)
  } catch (error) {
    await stop()
    throw error
  }
  const { endpoint, accessKeyId, secretAccessKey } = daemon
  const query = new URLSearchParams({ endpoint, region, forcePathStyle: 'true' })
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  return {
    ...daemon,
    ...{ kind, region, bucket, stop, pids: children.map(({ pid }) => pid), readyMs: performance.now() - startedMs },
    storage: (prefix) => ({ url: `s3://${bucket}/${prefix}?${query}`, env }),
  }
}

type Reachable = Omit<S3Daemon, 'children'>

async function untilBucket(daemon: Reachable, children: readonly Child[], deadlineMs: number): Promise<void> {
  const { name, endpoint, accessKeyId, secretAccessKey } = daemon
  const logs = children.map(({ log }) => log).join(', ')
  for (;;) {
    try {
      await createBucket({ endpoint, region, accessKeyId, secretAccessKey, bucket })
      return
    } catch (error) {
      if (!children.every((child) => child.isRunning()))
        throw new Error(`${name} ended before it was ready: see ${logs}`)
      if (performance.now() > deadlineMs) throw new Error(`${name} is not ready: ${messageOf(error)}; see ${logs}`)
    }
    await sleep(100)
  }
}
