/**
 * Pushing one blob over several replicas, each request to another one, and going on where an upload was interrupted.
 * @module
 */

import type { Blob } from '../../faults/load/content.ts'
import { type Answer, ConnectionLost } from '../../harness/exchange.ts'
import type { Random } from '../../harness/random.ts'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { CleanFailure, type ReplicaClient } from './client.ts'

export interface UploadCounts {
  /** Sessions that went on after a request of theirs had failed. */
  resumed: number
}

const octets = { 'content-type': 'application/octet-stream' }

/** Returns when the blob was acknowledged. @throws Error when acknowledged bytes or a session are lost */
export async function pushBlob(
  client: ReplicaClient,
  { repository, blob, random, counts }: { repository: string; blob: Blob; random: Random; counts: UploadCounts },
): Promise<void> {
  const uploads = `/v2/${repository}/blobs/uploads/`
  if (random.chance(0.3)) {
    const path = `${uploads}?digest=${blob.digest}`
    const post = () => client.ask({ method: 'POST', path, headers: octets, body: blob.bytes })
    return expectStatus(await client.persist(post), 201)
  }
  const opened = await client.persist(() => client.ask({ method: 'POST', path: uploads }))
  expectStatus(opened, 202)
  let location = locationOf(opened)
  let acknowledged = 0
  let isClosing = false
  let wasInterrupted = false

  /** Where the session is now; undefined when the blob turns out to be complete. */
  async function status(): Promise<number | undefined> {
    const answer = await client.ask({ method: 'GET', path: location })
    if (answer.status === 404 && isClosing) {
      const head = await client.ask({ method: 'HEAD', path: `/v2/${repository}/blobs/${blob.digest}` })
      assertEqual(
        head.status,
        200,
        `lost: a session that was being closed is gone, and the status of HEAD ${blob.digest}`,
      )
      return undefined
    }
    assertEqual(
      answer.status,
      204,
      `lost: the status of GET ${location}, where ${acknowledged} bytes were acknowledged`,
    )
    const reached = offsetOf(answer)
    assertThat(
      reached >= acknowledged,
      `lost: ${location} is at ${reached}, and ${acknowledged} bytes were acknowledged`,
    )
    return reached
  }

  return client.persist(async () => {
    try {
      const reached = wasInterrupted ? await status() : acknowledged
      if (reached === undefined) return
      acknowledged = reached
      if (wasInterrupted) counts.resumed += 1
      wasInterrupted = false
      while (acknowledged < blob.bytes.length && random.chance(0.7)) {
        const end = Math.min(blob.bytes.length, acknowledged + random.integer(2, Math.max(2, blob.bytes.length)))
        const headers = { ...octets, 'content-range': `${acknowledged}-${end - 1}` }
        const body = blob.bytes.subarray(acknowledged, end)
        const answer = await client.ask({ method: 'PATCH', path: location, headers, body })
        expectStatus(answer, 202)
        location = locationOf(answer)
        acknowledged = end
      }
      isClosing = true
      const path = `${location}${location.includes('?') ? '&' : '?'}digest=${blob.digest}`
      const rest = blob.bytes.subarray(acknowledged)
      const range = rest.length === 0 ? {} : { 'content-range': `${acknowledged}-${blob.bytes.length - 1}` }
      expectStatus(await client.ask({ method: 'PUT', path, headers: { ...octets, ...range }, body: rest }), 201)
    } catch (error) {
      wasInterrupted ||= error instanceof CleanFailure || error instanceof ConnectionLost
      throw error
    }
  })
}

/** `Range: 0-0` is nothing, or one byte; no chunk here has one byte, so it is nothing. */
function offsetOf({ headers }: Answer): number {
  const end = Number(/^(?:bytes=)?0-(\d+)$/.exec(String(headers.range))?.[1])
  assertThat(Number.isInteger(end), `the status of an upload has Range ${headers.range}`)
  return end === 0 ? 0 : end + 1
}

function locationOf({ headers }: Answer): string {
  assertThat(headers.location, 'the answer has no Location')
  return headers.location
}

function expectStatus({ status, body }: Answer, expected: number): void {
  assertEqual(status, expected, `the status (${body.toString().slice(0, 300)})`)
}
