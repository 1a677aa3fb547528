/**
 * `npm run test:soak`: three replicas behind a balancer on one bucket; images are pushed, deleted and pulled, two garbage
 * collections with no grace run beside each other without a pause, and a replica is killed every few seconds. 3 minutes
 * (full: 20). No acknowledged image, no tag and no blob behind a redirect may be lost, and garbage collection must have met
 * pushes at least 100 times, or nothing was shown.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeBlob } from '../faults/load/content.ts'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat, messageOf } from '../harness/report.ts'
import { startStore, storeKindOf } from '../harness/s3/store.ts'
import { freePort, type Server, type StartServerOptions, startServer } from '../harness/server.ts'
import { runSuite } from '../harness/suite.ts'
import { createClient } from '../s3-faults/load/client.ts'
import { checkTags, deleteOne, pullOne, pushOne, type SoakActor, type SoakScene, verify } from './actors.ts'
import { startBalancer } from './balancer.ts'
import { startCollector } from './collector.ts'
import { createSoakLedger } from './ledger.ts'

const [pushers, deleters, pullers, replicaCount] = [8, 4, 8, 3] as const
/** Of the memory of replicas, and of presigned URLs: bytes go no sooner. */
const seconds = 2

await runSuite(
  { script: 'test:soak', tools: ['weed'], flags: { store: { type: 'string' }, minutes: { type: 'string' } } },
  async (context) => {
    const { scale, seed, report, directory, flags } = context
    const kind = storeKindOf(context, 'seaweedfs')
    const minutes = Number(flags.minutes ?? (scale === 'full' ? 20 : 3))
    const store = await startStore(kind, directory)
    const random = createRandom(seed, 'soak')
    await mkdir(join(directory, 'replicas'))
    const settings = await Promise.all(
      Array.from(
        { length: replicaCount },
        async (_, n): Promise<StartServerOptions & { readonly port: number }> => ({
          kind: 'tsreg',
          port: await freePort(),
          directory: join(directory, 'replicas', String(n)),
          storage: store.storage('soak'),
          args: [
            '--no-access-log',
            ...['--cache-seconds', `${seconds}`],
            ...['--redirect-seconds', `${seconds}`],
            ...['--gc-interval-seconds', '0'],
          ],
        }),
      ),
    )
    const replicas: Server[] = []
    for (const options of settings) replicas.push(await startServer(options))
    const balancer = await startBalancer(settings.map(({ port }) => port))
    const counts = { pushes: 0, deletes: 0, pulls: 0, redirects: 0, clean: 0, lost: 0, refused: 0, gone: 0, expired: 0 }
    const scene: SoakScene = {
      ledger: createSoakLedger(),
      repositories: ['soak/a', 'soak/b'],
      pool: Array.from({ length: 24 }, () =>
        makeBlob(random.bytes(random.pick([300, 5_000, 20_000, 60_000, 200_000]))),
      ),
      counts,
    }
    const { problems } = scene.ledger
    let isOver = false
    const actor = (role: string, number: number): SoakActor => {
      const label = `${role} ${number}`
      const options = { random: createRandom(seed, `${label} client`), failures: counts, patienceMs: 120_000 }
      return { client: createClient([balancer.origin], options), random: createRandom(seed, label), number }
    }
    const loop = async (work: () => Promise<void>): Promise<void> => {
      while (!isOver) await work().catch((error: unknown) => problems.push(describe(error)))
    }
    const loops = [
      ...Array.from({ length: pushers }, (_, n) => actor('pusher', n)).map((who) => loop(() => pushOne(scene, who))),
      ...Array.from({ length: deleters }, (_, n) => actor('deleter', n)).map((who) =>
        loop(() => deleteOne(scene, who)),
      ),
      ...Array.from({ length: pullers }, (_, n) => actor('puller', n)).map((who) => loop(() => pullOne(scene, who))),
    ]
    const collectors = await Promise.all([0, 1].map(() => startCollector(store, { prefix: 'soak', seconds })))

    let kills = 0
    const endMs = performance.now() + minutes * 60_000
    for (let noteMs = performance.now() + 30_000; performance.now() < endMs; ) {
      await sleep(random.integer(2_000, 5_000))
      const victim = random.integer(0, replicaCount - 1)
      await replicas[victim]?.kill()
      const options = settings[victim]
      if (options !== undefined) replicas[victim] = await startServer({ ...options, readyWithinMs: 60_000 })
      kills += 1
      if (performance.now() < noteMs) continue
      noteMs = performance.now() + 30_000
      report.note(
        `${kills} kills, ${scene.ledger.images().length} images live, ${JSON.stringify(counts)}, ${problems.length} problems`,
      )
    }
    isOver = true
    await Promise.all(loops)
    const collected = await Promise.all(collectors.map((collector) => collector.stop()))
    const observer = actor('observer', 0).client

    await report.check('no acknowledged image is lost, whatever was collected beside its push', async () => {
      for (const image of scene.ledger.images()) {
        await verify(scene, observer, image).catch((error: unknown) => problems.push(describe(error)))
      }
      assertEqual(problems.length, 0, `the number of problems\n    ${problems.slice(0, 20).join('\n    ')}\n   `)
      return `${counts.pushes} pushed, ${counts.deletes} deleted, ${scene.ledger.images().length} verified, ${counts.pulls} pulls beside`
    })
    await report.check('no tag is lost', () => checkTags(scene, observer))
    const total = { rounds: 0, removed: 0, rescued: 0, freed: 0 }
    for (const one of collected)
      for (const key of ['rounds', 'removed', 'rescued', 'freed'] as const) total[key] += one[key]
    const collisions = total.rescued + counts.refused
    await report.check('garbage collection and pushes met at least 100 times', () => {
      const errors = collected.flatMap((one) => one.errors)
      assertEqual(
        errors.length,
        0,
        `the number of collections that failed\n    ${errors.slice(0, 5).join('\n    ')}\n   `,
      )
      assertThat(collisions >= 100, `they met ${collisions} times: ${JSON.stringify(total)}`)
      return `${total.rescued} rescued, ${counts.refused} pushes refused and repeated; ${total.rounds} rounds removed ${total.removed}`
    })
    await report.check('the load was real', () => {
      assertThat(counts.redirects > 0 && counts.pulls > 100 && counts.deletes > 20, JSON.stringify(counts))
      return JSON.stringify(counts)
    })
    await report.check('the replicas end on SIGTERM', () => Promise.all(replicas.map((replica) => replica.stop())))
    balancer.close()
    await store.stop()
    context.record({
      store: store.name,
      minutes,
      kills,
      collisions,
      losses: problems.length,
      ...counts,
      collection: total,
    })
  },
)

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : ''
  return `${messageOf(error)}${cause}`
}
