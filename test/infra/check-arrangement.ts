/**
 * The arrangement of the compose file at work: images go in and out through the balancer by skopeo and tsreg, bodies pass
 * it as they come, and a replica that is killed takes nothing with it.
 * @module
 */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual, assertThat, messageOf } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { type Arrangement, startArrangement } from './arrangement.ts'
import { checkBalancer } from './check-balancer.ts'
import { type Client, createSkopeo, createTsreg, type Image, makeImage } from './clients.ts'
import type { ComposeFile } from './compose-file.ts'

const MiB = 1024 * 1024

export async function checkArrangement(context: SuiteContext, compose: ComposeFile): Promise<void> {
  const { report } = context
  report.section('the arrangement of docker-compose.yml, as processes')
  const directory = join(context.directory, 'arrangement')
  await mkdir(directory)
  let arrangement: Arrangement | undefined
  await report.check('every service becomes healthy, in the order of the file', async () => {
    arrangement = await startArrangement(compose, directory)
  })
  if (arrangement === undefined) return
  try {
    await checkBalancer(context, arrangement)
    await checkClients(context, arrangement)
    await checkLogs(context, arrangement, compose)
  } finally {
    await arrangement.stop()
  }
}

/** References that were acknowledged, and the digests they name. */
type Acknowledged = Map<string, string>

async function checkClients(context: SuiteContext, arrangement: Arrangement): Promise<void> {
  const { report, directory, scale, seed } = context
  const clients = [await createSkopeo(join(directory, 'skopeo')), await createTsreg(join(directory, 'tsreg'))]
  const acknowledged: Acknowledged = new Map()
  const [count, layerBytes] = scale === 'full' ? [4, 32 * MiB] : [2, 8 * MiB]
  for (const client of clients) {
    await report.check(`${client.name} pushes and pulls`, async () => {
      const image = await makeImage(join(directory, `${client.name}-first`), seed, MiB)
      const reference = `${arrangement.host}/infra/${client.name}:first`
      await client.push(image, reference)
      assertEqual(await client.pull(reference), image.digest, 'the digest that was pulled')
      acknowledged.set(reference, image.digest)
    })
  }
  const rounds = arrangement.replicas.flatMap((replica, at) =>
    // At the ci scale each client sees one replica die.
    clients.filter((_, number) => scale === 'full' || number === at).map((client) => ({ replica, client })),
  )
  for (const [number, { replica, client }] of rounds.entries()) {
    await report.check(`${replica} is killed while ${client.name} pushes: what is acknowledged stays`, async () => {
      const images = new Map<string, Image>()
      for (let tag = 0; tag < count; tag++) {
        const image = await makeImage(join(directory, `round-${number}-${tag}`), seed, layerBytes)
        images.set(`${arrangement.host}/infra/round-${number}:${tag}`, image)
      }
      const retries = await pushDuringKill(arrangement, replica, client, images)
      for (const [reference, { digest }] of images) acknowledged.set(reference, digest)
      for (const [reference, digest] of acknowledged) {
        assertEqual(await client.pull(reference), digest, `what ${reference} names`)
      }
      return `${acknowledged.size} images are there, ${retries} pushes typed again`
    })
  }
  context.record({ arrangement: { images: acknowledged.size, replicasKilled: rounds.length } })
}

/** Returns how many pushes had to be made again. */
async function pushDuringKill(
  arrangement: Arrangement,
  replica: string,
  client: Client,
  images: ReadonlyMap<string, Image>,
): Promise<number> {
  const failures: string[] = []
  let isOver = false
  const pushing = (async () => {
    for (const [reference, image] of images) await untilDone(() => client.push(image, reference), failures)
  })().finally(() => {
    isOver = true
  })
  await untilBusy(arrangement.url(replica), () => isOver)
  assertThat(!isOver, 'the pushes ended before the replica had a part in one')
  await arrangement.kill(replica)
  await pushing
  await arrangement.restart(replica)
  return failures.length
}

/** A client may give up when its connection breaks off; whoever sits before it types the line again. */
async function untilDone(work: () => Promise<void>, failures: string[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      failures.push(messageOf(error))
      if (tries === 3) throw error
    }
  }
}

/** Resolves when the replica has a request under way beside the one that asks. */
async function untilBusy(url: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    if (Number(/^tsreg_http_in_flight_requests (\d+)/m.exec(metrics)?.[1]) > 1) return
  }
}

async function checkLogs({ report }: SuiteContext, { logs }: Arrangement, compose: ComposeFile): Promise<void> {
  await report.check('no log holds the secret key of the store', async () => {
    const secret = compose.services.seaweedfs?.environment?.AWS_SECRET_ACCESS_KEY
    assertThat(secret !== undefined && secret.length === 40, 'the store has no key')
    for (const log of logs) assertThat(!(await readFile(log, 'utf8')).includes(secret), `${log} holds it`)
    return `${logs.length} logs`
  })
}
