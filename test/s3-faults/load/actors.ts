/**
 * Who pushes and pulls while the weather changes. Each acts until it is told to stop, and comes through everything.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { makeBlob, makeManifest, manifestType } from '../../faults/load/content.ts'
import type { AcknowledgedImage, TagLedger } from '../../faults/load/ledger.ts'
import type { Random } from '../../harness/random.ts'
import { assertEqual, assertThat, messageOf } from '../../harness/report.ts'
import type { FailureCounts, ReplicaClient } from './client.ts'
import { pushBlob, type UploadCounts } from './upload.ts'
import { type PullCounts, verifyImage } from './verify.ts'

/** What all of them share. */
export interface Scene {
  readonly repositories: readonly string[]
  readonly tags: TagLedger
  readonly images: AcknowledgedImage[]
  readonly problems: string[]
  readonly counts: FailureCounts & UploadCounts & PullCounts & { pulls: number; bytes: number }
  /** When so many bytes were pushed, layers are small from then on. */
  readonly mostBytes: number
  isOver: boolean
}

export interface Actor {
  readonly client: ReplicaClient
  readonly random: Random
  readonly number: number
}

/** Resolves when the scene is over. Mistakes of the registry become problems. */
export async function act(scene: Scene, work: () => Promise<void>): Promise<void> {
  while (!scene.isOver) {
    try {
      await work()
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : ''
      scene.problems.push(`${messageOf(error)}${cause}`)
    }
  }
}

/** Pushes one image, blob by blob, under a tag of its own. */
export async function pushImage(scene: Scene, { client, random, number }: Actor): Promise<void> {
  const repository = random.pick(scene.repositories)
  const layers = Array.from({ length: random.integer(1, 3) }, () => makeBlob(random.bytes(layerSize(scene, random))))
  const config = makeBlob(Buffer.from(JSON.stringify({ os: 'linux', id: random.bytes(12).toString('hex') })))
  for (const blob of [config, ...layers]) {
    await pushBlob(client, { repository, blob, random, counts: scene.counts })
    scene.counts.bytes += blob.bytes.length
  }
  const manifest = makeManifest(config, layers)
  const key = `${repository}:p${number}-${random.integer(0, 4)}`
  scene.tags.attempt(key, manifest.digest)
  const path = `/v2/${key.replace(':', '/manifests/')}`
  const request = { method: 'PUT', path, headers: { 'content-type': manifestType }, body: manifest.bytes }
  const { status, body } = await client.persist(() => client.ask(request))
  assertEqual(status, 201, `the status of PUT ${path} (${body.toString().slice(0, 300)})`)
  scene.tags.acknowledge(key)
  const blobs = [config, ...layers].map(({ digest, bytes }) => ({ digest, size: bytes.length }))
  scene.images.push({ repository, digest: manifest.digest, blobs })
  await sleep(random.integer(100, 500))
}

/** Fetches one acknowledged image, or looks at one tag. */
export async function pullImage(scene: Scene, { client, random }: Actor): Promise<void> {
  await sleep(random.integer(50, 300))
  if (scene.images.length === 0) return
  scene.counts.pulls += 1
  if (random.chance(0.7)) return await verifyImage(client, random.pick(scene.images), scene)
  const key = random.pick(scene.tags.tags())
  const path = `/v2/${key.replace(':', '/manifests/')}`
  const answer = await client.persist(() => client.ask({ method: 'GET', path, headers: { accept: manifestType } }))
  const digest = answer.status === 404 ? undefined : answer.digest
  assertThat(scene.tags.wasAttempted(key, digest), `torn: ${key} shows ${digest}, which nobody ever pushed there`)
}

/** Every tag, on any replica, shows what was acknowledged last, or what was tried since. Nobody may be pushing. */
export async function checkTags({ tags }: Scene, client: ReplicaClient): Promise<string> {
  for (const key of tags.tags()) {
    const path = `/v2/${key.replace(':', '/manifests/')}`
    const answer = await client.persist(() => client.ask({ method: 'GET', path, headers: { accept: manifestType } }))
    const digest = answer.status === 404 ? undefined : answer.digest
    const allowed = tags.allowed(key)
    assertThat(allowed.includes(digest), `lost: ${key} shows ${digest}, not one of ${allowed.join(', ')}`)
  }
  return `${tags.tags().length} tags`
}

/** In the pointer, in one object, in parts. */
function layerSize({ counts, mostBytes }: Scene, random: Random): number {
  const lot = counts.bytes > mostBytes ? random.integer(1, 60) : random.integer(1, 100)
  if (lot <= 30) return random.integer(2, 2_000)
  if (lot <= 70) return random.integer(17_000, 60_000)
  if (lot <= 97) return random.integer(100_000, 300_000)
  return random.integer(8_500_000, 11_000_000)
}
