/**
 * One replica, whose way to the store leads over the proxy.
 * @module
 */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from '../harness/exchange.ts'
import { assertThat } from '../harness/report.ts'
import type { S3Store } from '../harness/s3/store.ts'
import { type Server, startServer } from '../harness/server.ts'
import type { FaultProxy } from './proxy.ts'

export interface Replica {
  readonly name: string
  readonly server: Server
}

export interface ReplicaOptions {
  /** `redirects`: clients get blobs from the store itself; another name: from the replica. */
  readonly name: string
  readonly store: S3Store
  readonly proxy: FaultProxy
  readonly directory: string
}

export async function startReplica({ name, store, proxy, directory }: ReplicaOptions): Promise<Replica> {
  const target = store.storage('faults')
  const url = new URL(target.url)
  url.searchParams.set('endpoint', proxy.endpoint)
  url.searchParams.set('publicEndpoint', store.endpoint)
  const server = await startServer({
    kind: 'tsreg',
    directory: join(directory, 'replicas', name),
    storage: { ...target, url: url.href },
    args: name === 'redirects' ? [] : ['--no-redirects'],
  })
  return { name, server }
}

/** What `/readyz` says now. */
export async function readiness({ server }: Replica): Promise<{ readonly status: number; readonly reason?: string }> {
  const { status, body } = await exchange({ method: 'GET', url: `${server.url}/readyz`, idleMs: 30_000 })
  return { status, ...JSON.parse(body.toString()) }
}

/** @throws Error when the replica is not ready within a minute */
export async function untilReady(replica: Replica): Promise<void> {
  await untilStatus(replica, 200, 60_000)
}

/** Milliseconds until `/readyz` had the status. @throws Error when it has not in time */
export async function untilStatus(replica: Replica, wanted: number, patienceMs: number): Promise<number> {
  const begunMs = performance.now()
  for (;;) {
    const { status, reason } = await readiness(replica)
    const passedMs = performance.now() - begunMs
    if (status === wanted) return passedMs
    assertThat(passedMs < patienceMs, `${replica.name}: /readyz is ${status} (${reason}) after ${patienceMs} ms`)
    await sleep(100)
  }
}
