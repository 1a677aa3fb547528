/**
 * `npm run test:faults`: the server is killed at random moments under pushers and pullers and started again on the same
 * directory, 30 times (full: 300). What it had acknowledged must be there: after every restart a sample is looked at, at
 * the end everything.
 * @module
 */

import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { freePort, killWhileStarting, startServer } from '../harness/server.ts'
import { runSuite } from '../harness/suite.ts'
import { checkImages, checkLists, checkTags } from './load/checks.ts'
import { layerSize, makeBlob } from './load/content.ts'
import { createGate } from './load/gate.ts'
import { type Counter, createTagLedger, type Ledger } from './load/ledger.ts'
import { type Activity, loop } from './load/loop.ts'
import { createPuller } from './load/puller.ts'
import { createPusher } from './load/pusher.ts'
import type { Task } from './load/task.ts'
import type { Connection } from './load/upload.ts'

const actors = 8
const repositories = ['faults/a', 'faults/b', 'faults/c']

await runSuite({ script: 'test:faults', tools: [], flags: { kills: { type: 'string' } } }, async (context) => {
  const { seed, scale, report, server: kind } = context
  const kills = Number(context.flags.kills ?? (scale === 'full' ? 300 : 30))
  const random = createRandom(seed, 'kills')
  const options = { kind, directory: join(context.directory, 'data'), port: await freePort() }
  const origin = `http://127.0.0.1:${options.port}`
  const counters: Record<Counter, number> = { pulls: 0, tagDeletes: 0, resumedUploads: 0 }
  const ledger: Ledger = {
    tags: createTagLedger(),
    images: [],
    count(what) {
      counters[what] += 1
    },
  }
  const activity: Activity = { now: 0, problems: [] }
  const { problems } = activity
  const gate = createGate()
  const pool = Array.from({ length: 12 }, () => makeBlob(random.bytes(layerSize(random))))
  const agent = new Agent({ keepAlive: true, maxSockets: actors })
  const observer: Connection = { origin, agent }

  let server = await startServer(options)
  const loops = Array.from({ length: actors }, (_, number) => {
    const task = (role: string): Task => ({
      number,
      connection: { origin, agent: new Agent({ keepAlive: true, maxSockets: 1 }) },
      random: createRandom(seed, `${role} ${number}`),
      repositories,
      pool,
      ledger,
    })
    return [createPusher(task('pusher')), createPuller(task('puller'))].map((act) => loop(act, gate, activity))
  })
  gate.open()

  let startupKills = 0
  let slowestMs = server.readyMs
  let checkedImages = 0
  let cutOff = 0
  for (let kill = 0; kill < kills; kill++) {
    await somePushes(ledger, random)
    cutOff += activity.now
    gate.close()
    await server.kill()
    if (random.chance(0.1)) {
      await killWhileStarting(options, random.integer(0, 400))
      startupKills += 1
    }
    server = await startServer(options)
    slowestMs = Math.max(slowestMs, server.readyMs)
    const sample = [
      ...ledger.images.slice(checkedImages),
      ...pickImages(ledger.images.slice(0, checkedImages), 10, random),
    ]
    checkedImages = ledger.images.length
    problems.push(...(await checkTags(observer, ledger)), ...(await checkImages(observer, sample)))
    if (kill % 10 === 9) {
      report.note(`${kill + 1} kills, ${ledger.images.length} acknowledged pushes, ${problems.length} problems`)
    }
    gate.open()
  }
  await sleep(500)
  gate.end()
  await Promise.all(loops.flat())

  const known = new Set<string>()
  problems.push(...(await checkTags(observer, ledger)), ...(await checkImages(observer, ledger.images, known)))
  await report.check('every acknowledged image is complete, no tag is lost or torn', () => {
    assertEqual(problems.length, 0, `the number of problems\n    ${problems.slice(0, 20).join('\n    ')}\n   `)
    return `${ledger.images.length} images, ${known.size} blobs hashed, ${ledger.tags.tags().length} tags`
  })
  await report.check('tag lists name what the tags show', () => checkLists(observer, ledger))
  await report.check('the load was real', () => {
    assertThat(ledger.images.length > kills * 5, `only ${ledger.images.length} pushes were acknowledged`)
    assertThat(cutOff > kills * 4, `only ${cutOff} actions were under way at ${kills} kills`)
    assertThat(counters.resumedUploads > 0, 'no interrupted upload was gone on with')
  })
  await report.check('SIGTERM ends the server', () => server.stop())
  const losses = problems.length
  report.note(
    `kills ${kills + startupKills} (${startupKills} of them while starting), acknowledged pushes ${ledger.images.length}, losses ${losses}`,
  )
  context.record({
    kills: kills + startupKills,
    killsWhileStarting: startupKills,
    acknowledgedPushes: ledger.images.length,
    losses,
    blobsHashedAtTheEnd: known.size,
    tags: ledger.tags.tags().length,
    actionsUnderWayAtKills: cutOff,
    slowestStartMs: Math.round(slowestMs),
    ...counters,
  })
})

/** Until some more pushes are acknowledged, however fast the machine is, and a moment of any length. */
async function somePushes({ images }: Ledger, random: Random): Promise<void> {
  const enough = images.length + random.integer(1, 25)
  for (let waitedMs = 0; images.length < enough && waitedMs < 20_000; waitedMs += 10) await sleep(10)
  await sleep(random.integer(0, 250))
}

function pickImages<T>(images: readonly T[], count: number, random: Random): readonly T[] {
  return images.length === 0 ? [] : Array.from({ length: count }, () => random.pick(images))
}
