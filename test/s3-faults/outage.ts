/**
 * The store is away for a while: first it refuses connections, then it takes them and says nothing.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { makeBlob } from '../faults/load/content.ts'
import { ConnectionLost } from '../harness/exchange.ts'
import type { Random } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import type { Scene } from './load/actors.ts'
import { CleanFailure, type ReplicaClient } from './load/client.ts'
import type { FaultProxy } from './proxy.ts'
import { type Replica, untilStatus } from './replica.ts'
import { clear, silence } from './weather.ts'

export interface OutageOptions {
  readonly proxy: FaultProxy
  readonly replicas: readonly Replica[]
  readonly scene: Scene
  readonly outageMs: number
}

/** An outage under load: `/readyz` tells on every replica while it lasts, and soon after it ends; pushes then come through. */
export async function outage({ report }: SuiteContext, options: OutageOptions): Promise<void> {
  const { proxy, replicas, scene, outageMs } = options
  const begunMs = performance.now()
  const [clean, problems] = [scene.counts.clean, scene.problems.length]
  await report.check('a store that refuses connections makes every replica unready within seconds', async () => {
    await proxy.goAway()
    const times = await Promise.all(replicas.map((replica) => untilStatus(replica, 503, 30_000)))
    await sleep(outageMs / 2 - (performance.now() - begunMs))
    return `after ${Math.round(Math.max(...times))} ms`
  })
  await report.check('a store that answers nothing keeps them unready', async () => {
    proxy.setWeather(silence)
    await proxy.comeBack()
    while (performance.now() - begunMs < outageMs) {
      for (const replica of replicas) await untilStatus(replica, 503, 30_000)
      await sleep(1000)
    }
    return `${Math.round((performance.now() - begunMs) / 1000)} s of outage`
  })
  await report.check('when it is back they are ready without a restart, and pushes come through', async () => {
    const pushed = scene.images.length
    proxy.setWeather(clear)
    const times = await Promise.all(replicas.map((replica) => untilStatus(replica, 200, 60_000)))
    const deadline = performance.now() + 300_000
    while (scene.images.length < pushed + 8) {
      assertThat(performance.now() < deadline, `only ${scene.images.length - pushed} pushes since the outage`)
      await sleep(50)
    }
    assertThat(scene.counts.clean > clean, 'nobody was told of the outage')
    assertEqual(
      scene.problems.length,
      problems,
      `the number of problems\n    ${scene.problems.slice(problems).join('\n    ')}\n   `,
    )
    return `ready after ${Math.round(Math.max(...times))} ms, ${scene.counts.clean - clean} clean failures`
  })
}

/** A large upload that a short outage interrupts between its chunks goes on at a byte that is no earlier than acknowledged. */
export async function interruptedUpload(
  { report }: SuiteContext,
  {
    proxy,
    client,
    replicas,
    random,
  }: { proxy: FaultProxy; client: ReplicaClient; replicas: readonly Replica[]; random: Random },
): Promise<void> {
  const blob = makeBlob(random.bytes(30_000_000))
  const acknowledged = 20_000_000
  await report.check(
    'an upload that an outage interrupts goes on where it was acknowledged, on another replica',
    async () => {
      const opened = await client.ask({ method: 'POST', path: '/v2/faults/large/blobs/uploads/' })
      const path = String(opened.headers.location)
      const first = { 'content-range': `0-${acknowledged - 1}` }
      const patched = await client.ask({
        method: 'PATCH',
        path,
        headers: first,
        body: blob.bytes.subarray(0, acknowledged),
      })
      assertEqual(patched.status, 202, 'the status of the first PATCH')
      await proxy.goAway()
      const rest = { 'content-range': `${acknowledged}-${blob.bytes.length - 1}` }
      const second = client.ask({ method: 'PATCH', path, headers: rest, body: blob.bytes.subarray(acknowledged) })
      const failure = await second.then(
        ({ status }) => new Error(`PATCH answered ${status}`),
        (error: unknown) => error,
      )
      assertThat(
        failure instanceof CleanFailure || failure instanceof ConnectionLost,
        `not a clean failure: ${failure}`,
      )
      await proxy.comeBack()
      await Promise.all(replicas.map((replica) => untilStatus(replica, 200, 60_000)))
      const status = await client.persist(() => client.ask({ method: 'GET', path }))
      assertEqual(status.headers.range, `0-${acknowledged - 1}`, 'the Range of the session')
      const last = blob.bytes.subarray(acknowledged)
      const put = await client.persist(() =>
        client.ask({ method: 'PUT', path: `${path}?digest=${blob.digest}`, headers: rest, body: last }),
      )
      assertEqual(put.status, 201, `the status of PUT (${put.body.toString().slice(0, 300)})`)
      return failure instanceof Error ? failure.name : ''
    },
  )
}
