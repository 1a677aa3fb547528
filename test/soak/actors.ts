/**
 * Who pushes, deletes and pulls. Layers come from a small pool, so that what one image gives up the next one needs.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Blob, makeBlob, makeManifest, manifestType } from '../faults/load/content.ts'
import { type Answer, ConnectionLost, exchange } from '../harness/exchange.ts'
import type { Random } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { CleanFailure, type ReplicaClient } from '../s3-faults/load/client.ts'
import type { SoakImage, SoakLedger } from './ledger.ts'

export interface SoakScene {
  readonly ledger: SoakLedger
  readonly repositories: readonly string[]
  readonly pool: readonly Blob[]
  readonly counts: SoakCounts
}

export interface SoakCounts {
  pushes: number
  deletes: number
  pulls: number
  redirects: number
  /** Answers of the 500s, and connections that broke: replicas are killed. */
  clean: number
  lost: number
  /** Manifests that were refused because a blob had been collected after it was pushed or seen. */
  refused: number
  /** Honest 404s: the image was being deleted. */
  gone: number
  /** Presigned URLs that had expired before they were used. */
  expired: number
}

export interface SoakActor {
  readonly client: ReplicaClient
  readonly random: Random
  readonly number: number
}

/** One image of a config of its own and some layers of the pool, under one of the pusher's tags. */
export async function pushOne(scene: SoakScene, { client, random, number }: SoakActor): Promise<void> {
  const { ledger, counts, pool } = scene
  const repository = random.pick(scene.repositories)
  const layers = Array.from({ length: random.integer(1, 3) }, () => random.pick(pool))
  const config = makeBlob(Buffer.from(JSON.stringify({ os: 'linux', id: random.bytes(12).toString('hex') })))
  const manifest = makeManifest(config, layers)
  const blobs = [config, ...layers]
  const image: SoakImage = {
    repository,
    digest: manifest.digest,
    blobs: blobs.map(({ digest, bytes }) => ({ digest, size: bytes.length })),
    isDoomed: false,
  }
  const key = `${repository}:p${number}-${random.integer(0, 3)}`
  ledger.attempt(key, image)
  await client.persist(async () => {
    for (const blob of blobs) await ensureBlob(client, { repository, blob, random })
    const path = `/v2/${key.replace(':', '/manifests/')}`
    const headers = { 'content-type': manifestType }
    const answer = await client.ask({ method: 'PUT', path, headers, body: manifest.bytes })
    if (answer.status === 404 && /MANIFEST_BLOB_UNKNOWN/.test(answer.body.toString())) {
      counts.refused += 1
      throw new CleanFailure('a blob was collected before its manifest came')
    }
    expectStatus(answer, 201, `PUT ${path}`)
  })
  ledger.acknowledge(key, image)
  counts.pushes += 1
}

async function ensureBlob(
  client: ReplicaClient,
  { repository, blob, random }: { repository: string; blob: Blob; random: Random },
): Promise<void> {
  const base = `/v2/${repository}/blobs`
  const headers = { 'content-type': 'application/octet-stream' }
  if (random.chance(0.6)) {
    const head = await client.ask({ method: 'HEAD', path: `${base}/${blob.digest}` })
    if (head.status === 200) return
    expectStatus(head, 404, 'HEAD of a blob')
  }
  if (random.chance(0.3)) {
    const mounted = await client.ask({ method: 'POST', path: `${base}/uploads/?mount=${blob.digest}` })
    if (mounted.status === 201) return
    expectStatus(mounted, 202, 'POST of a mount')
  }
  if (random.chance(0.4)) {
    const path = `${base}/uploads/?digest=${blob.digest}`
    return expectStatus(await client.ask({ method: 'POST', path, headers, body: blob.bytes }), 201, 'POST of a blob')
  }
  const opened = await client.ask({ method: 'POST', path: `${base}/uploads/` })
  expectStatus(opened, 202, 'POST')
  const path = String(opened.headers.location)
  const isStreamed = random.chance(0.5)
  if (isStreamed) expectStatus(await client.ask({ method: 'PATCH', path, headers, body: blob.bytes }), 202, 'PATCH')
  const body = isStreamed ? Buffer.alloc(0) : blob.bytes
  expectStatus(await client.ask({ method: 'PUT', path: `${path}?digest=${blob.digest}`, headers, body }), 201, 'PUT')
}

/** Deletes one of the images that live, by its manifest. */
export async function deleteOne({ ledger, counts }: SoakScene, { client, random }: SoakActor): Promise<void> {
  await sleep(random.integer(20, 200))
  const images = ledger.images()
  if (images.length < 30) return
  const image = random.pick(images)
  ledger.doom(image)
  const path = `/v2/${image.repository}/manifests/${image.digest}`
  const { status } = await client.persist(() => client.ask({ method: 'DELETE', path }))
  // 404 when a try before it was done, and its answer lost.
  assertThat(status === 202 || status === 404, `DELETE ${path} answered ${status}`)
  counts.deletes += 1
}

/** Pulls one image that lives, and hashes all of it. */
export async function pullOne(scene: SoakScene, { client, random }: SoakActor): Promise<void> {
  await sleep(random.integer(10, 100))
  const images = scene.ledger.images()
  if (images.length === 0) return
  await verify(scene, client, random.pick(images))
  scene.counts.pulls += 1
}

/** @throws Error naming what is lost of an image that nobody deletes */
export async function verify(
  { counts }: Pick<SoakScene, 'counts'>,
  client: ReplicaClient,
  image: SoakImage,
): Promise<void> {
  const { repository, digest, blobs } = image
  const get = (path: string) =>
    client.persist(async () => {
      const answer = await client.ask({ method: 'GET', path, headers: { accept: manifestType } })
      return answer.status === 307 ? await followed(answer, path, counts) : answer
    })
  const wanted = [
    { path: `/v2/${repository}/manifests/${digest}`, digest },
    ...blobs.map((blob) => ({ path: `/v2/${repository}/blobs/${blob.digest}`, digest: blob.digest })),
  ]
  for (const { path, digest: expected } of wanted) {
    const answer = await get(path)
    if (answer.status === 404 && image.isDoomed) {
      counts.gone += 1
      return
    }
    assertEqual(answer.status, 200, `lost: the status of GET ${path} (${answer.body.toString().slice(0, 200)})`)
    assertEqual(answer.digest, expected, `torn: the digest of ${path}`)
  }
}

async function followed({ headers }: Answer, path: string, counts: SoakCounts): Promise<Answer> {
  counts.redirects += 1
  const answer = await exchange({ method: 'GET', url: String(headers.location), idleMs: 60_000 })
  if (answer.status === 403) {
    // Good for two seconds only, on a machine with more to do than it can.
    counts.expired += 1
    throw new ConnectionLost(`the URL for ${path} had expired`)
  }
  assertThat(answer.status !== 404, `a redirect of ${path} led to a 404`)
  return answer
}

/** Each tag shows its image, or nothing when that one was deleted. Nobody may be pushing. @throws Error naming the tag */
export async function checkTags({ ledger }: SoakScene, client: ReplicaClient): Promise<string> {
  let shown = 0
  for (const { key, candidates } of ledger.tags()) {
    const path = `/v2/${key.replace(':', '/manifests/')}`
    const answer = await client.persist(() => client.ask({ method: 'GET', path, headers: { accept: manifestType } }))
    if (answer.status === 404) {
      assertThat(candidates[0]?.isDoomed !== false, `lost: ${key} shows nothing, and its image was not deleted`)
      continue
    }
    assertThat(
      candidates.some(({ digest }) => digest === answer.digest),
      `torn: ${key} shows ${answer.digest}`,
    )
    shown += 1
  }
  return `${shown} tags`
}

function expectStatus({ status, body }: Answer, expected: number, what: string): void {
  assertEqual(status, expected, `the status of ${what} (${body.toString().slice(0, 300)})`)
}
