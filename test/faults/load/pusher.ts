/**
 * One of the pushers: pushes unique images blob by blob, moves and deletes its tags, and after a crash goes on with the
 * upload that was interrupted.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from '../../harness/exchange.ts'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { type Blob, type Image, makeImage, manifestType } from './content.ts'
import type { Task } from './task.ts'
import { type InterruptedUpload, pushBlob, resumeUpload, UploadInterrupted, ways } from './upload.ts'

/** One action of pusher `task.number`; a lost connection is thrown. */
export function createPusher(task: Task): () => Promise<void> {
  const { connection, random, ledger, number } = task
  const pick = () => random.pick(task.repositories)
  const ownTag = () => `p${number}-${random.integer(0, 4)}`
  let interrupted: InterruptedUpload | undefined

  const pushImage = async () => {
    const repository = pick()
    const image = makeImage(random, task.pool)
    for (const blob of image.blobs) await ensureBlob(repository, blob)
    await putManifest(repository, image)
    if (random.chance(0.1)) await deleteTag(pick(), ownTag())
  }

  const ensureBlob = async (repository: string, blob: Blob) => {
    const base = `${connection.origin}/v2/${repository}/blobs`
    if (random.chance(0.4)) {
      const head = await exchange({ ...connection, method: 'HEAD', url: `${base}/${blob.digest}` })
      assertThat(head.status === 200 || head.status === 404, `HEAD blob answered ${head.status}`)
      if (head.status === 200) return
    }
    if (random.chance(0.15) && (await mounted(repository, blob))) return
    try {
      await pushBlob(connection, repository, blob, { way: random.pick(ways), random })
    } catch (error) {
      if (error instanceof UploadInterrupted) interrupted = error.upload
      throw error
    }
  }

  const mounted = async (repository: string, blob: Blob) => {
    const url = `${connection.origin}/v2/${repository}/blobs/uploads/?mount=${blob.digest}&from=${pick()}`
    const { status } = await exchange({ ...connection, method: 'POST', url })
    assertThat(status === 201 || status === 202, `POST mount answered ${status}`)
    return status === 201
  }

  const putManifest = async (repository: string, image: Image) => {
    const { digest, bytes } = image.manifest
    const tag = random.chance(0.7) ? ownTag() : undefined
    const key = `${repository}:${tag}`
    if (tag !== undefined) ledger.tags.attempt(key, digest)
    const url = `${connection.origin}/v2/${repository}/manifests/${tag ?? digest}`
    const headers = { 'content-type': manifestType }
    const answer = await exchange({ ...connection, method: 'PUT', url, headers, body: bytes })
    assertEqual(answer.status, 201, `the status of PUT ${url} (${answer.body.toString().slice(0, 300)})`)
    if (tag !== undefined) ledger.tags.acknowledge(key)
    const blobs = image.blobs.map((blob) => ({ digest: blob.digest, size: blob.bytes.length }))
    ledger.images.push({ repository, digest, blobs })
  }

  const deleteTag = async (repository: string, tag: string) => {
    const key = `${repository}:${tag}`
    ledger.tags.attempt(key, undefined)
    const url = `${connection.origin}/v2/${repository}/manifests/${tag}`
    const { status } = await exchange({ ...connection, method: 'DELETE', url })
    assertThat(status === 202 || status === 404, `DELETE ${url} answered ${status}`)
    ledger.tags.acknowledge(key)
    ledger.count('tagDeletes')
  }

  return async () => {
    if (interrupted !== undefined) {
      const upload = interrupted
      // A second crash may interrupt it again; from then on the server's word counts, not ours.
      try {
        await resumeUpload(connection, upload, random)
        ledger.count('resumedUploads')
        interrupted = undefined
      } catch (error) {
        interrupted = error instanceof UploadInterrupted ? error.upload : undefined
        throw error
      }
    }
    await pushImage()
    await sleep(random.integer(0, 40))
  }
}
