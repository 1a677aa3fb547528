/**
 * `npm run test:s3-faults`: two replicas reach their store over a proxy that delays, resets, truncates, loses and refuses,
 * while images are pushed and pulled, every request to any replica. Each kind of fault for some seconds, all at once, and
 * an outage of 30 s (full: 10 minutes). Pushes come through or fail cleanly and are gone on with; every acknowledged image
 * is hashed again at the end; `/readyz` tells; nothing is restarted. `--store` names another store than the double.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTagLedger } from '../faults/load/ledger.ts'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { startStore, storeKindOf } from '../harness/s3/store.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { act, checkTags, pullImage, pushImage, type Scene } from './load/actors.ts'
import { createClient } from './load/client.ts'
import { verifyImage } from './load/verify.ts'
import { interruptedUpload, outage } from './outage.ts'
import { type FaultProxy, startFaultProxy } from './proxy.ts'
import { type Replica, startReplica, untilReady } from './replica.ts'
import { allWeathers, clear, type Weather } from './weather.ts'

const pushers = 4
const pullers = 3

await runSuite({ script: 'test:s3-faults', tools: [], flags: { store: { type: 'string' } } }, async (context) => {
  const { scale, seed, report, directory } = context
  const isFull = scale === 'full'
  const kind = storeKindOf(context, 'double')
  const store = await startStore(kind, directory)
  const proxy = await startFaultProxy(store.endpoint)
  await mkdir(join(directory, 'replicas'))
  const replicas = await Promise.all(
    ['streams', 'redirects'].map((name) => startReplica({ name, store, proxy, directory })),
  )
  const origins = replicas.map(({ server }) => server.url)
  const outageMs = isFull ? 600_000 : 30_000
  const scene: Scene = {
    repositories: ['faults/a', 'faults/b'],
    tags: createTagLedger(),
    images: [],
    problems: [],
    counts: { clean: 0, lost: 0, resumed: 0, redirects: 0, pulls: 0, bytes: 0 },
    mostBytes: 300 * 1024 * 1024,
    isOver: false,
  }
  const clientFor = (label: string) =>
    createClient(origins, {
      random: createRandom(seed, `${label} client`),
      failures: scene.counts,
      patienceMs: outageMs + 300_000,
    })
  const actor = (role: string, number: number) => {
    const label = `${role} ${number}`
    return { client: clientFor(label), random: createRandom(seed, label), number }
  }
  const observer = clientFor('observer')
  const loops = [
    ...Array.from({ length: pushers }, (_, n) => actor('pusher', n)).map((who) =>
      act(scene, () => pushImage(scene, who)),
    ),
    ...Array.from({ length: pullers }, (_, n) => actor('puller', n)).map((who) =>
      act(scene, () => pullImage(scene, who)),
    ),
  ]

  for (const weather of allWeathers(createRandom(seed, 'weather'))) {
    await report.check(`${weather.name}: pushes and pulls come through`, () =>
      bearWeather({ weather, proxy, scene, replicas, leastMs: isFull ? 45_000 : 3_000 }),
    )
  }
  await interruptedUpload(context, { proxy, client: observer, replicas, random: createRandom(seed, 'interrupted') })
  await outage(context, { proxy, replicas, scene, outageMs })

  scene.isOver = true
  await Promise.all(loops)
  const known = new Set<string>()
  await report.check('every acknowledged image is complete', async () => {
    for (const image of scene.images) await verifyImage(observer, image, { counts: scene.counts, known })
    assertEqual(
      scene.problems.length,
      0,
      `the number of problems\n    ${scene.problems.slice(0, 20).join('\n    ')}\n   `,
    )
    return `${scene.images.length} images, ${known.size} blobs hashed`
  })
  await report.check('every tag shows what was acknowledged last', () => checkTags(scene, observer))
  await report.check('both ways of pulling were taken, and somebody was told of failures', () => {
    const { redirects, pulls, clean } = scene.counts
    assertThat(redirects > 0 && pulls > redirects / 10 && clean > 0, JSON.stringify(scene.counts))
    return JSON.stringify(scene.counts)
  })
  await endAll(context, replicas)
  await proxy.close()
  await store.stop()
  context.record({
    store: store.name,
    images: scene.images.length,
    blobsHashedAtTheEnd: known.size,
    losses: scene.problems.length,
    ...scene.counts,
    faults: { ...proxy.met },
  })
})

interface Storm {
  readonly weather: Weather
  readonly proxy: FaultProxy
  readonly scene: Scene
  readonly replicas: readonly Replica[]
  readonly leastMs: number
}

/** So long, and until the weather has struck often enough under pushes that were acknowledged. */
async function bearWeather({ weather, proxy, scene, replicas, leastMs }: Storm): Promise<string> {
  const begunMs = performance.now()
  const struck = () => Object.entries(proxy.met).reduce((sum, [kind, count]) => sum + (kind === 'none' ? 0 : count), 0)
  const [before, pushed, problems] = [struck(), scene.images.length, scene.problems.length]
  proxy.setWeather(weather)
  const isEnough = () =>
    performance.now() - begunMs > leastMs && struck() - before >= 30 && scene.images.length - pushed >= 5
  while (!isEnough()) {
    assertThat(performance.now() - begunMs < leastMs + 120_000, `only ${scene.images.length - pushed} pushes in it`)
    await sleep(50)
  }
  proxy.setWeather(clear)
  await Promise.all(replicas.map(untilReady))
  assertEqual(
    scene.problems.length,
    problems,
    `the number of problems\n    ${scene.problems.slice(problems).join('\n    ')}\n   `,
  )
  return `${struck() - before} requests struck, ${scene.images.length - pushed} images pushed`
}

async function endAll({ report }: SuiteContext, replicas: readonly Replica[]): Promise<void> {
  await report.check('the replicas are those of the start, and end on SIGTERM', async () => {
    for (const { server } of replicas) assertThat(server.child.isRunning(), 'a replica has ended by itself')
    await Promise.all(replicas.map(({ server }) => server.stop()))
  })
}
