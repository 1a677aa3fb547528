/**
 * Pushes of every kind, one request at a time or several pushers at once, whose answers the trace is then searched for.
 * @module
 */

import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from '../../harness/exchange.ts'
import type { Random } from '../../harness/random.ts'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { type Blob, makeBlob, makeManifest, manifestType } from '../load/content.ts'

/** A blob that can be recognised in the trace: it begins with `mark`. */
export interface MarkedBlob extends Blob {
  readonly mark: string
}

/** On both sides of what fits a row, of one write and of one part. */
export const sizes = [700, 15_000, 100_000, 200_000, 1_500_000, 9_000_000] as const

const quietMs = 80

/** One request after the other, with a pause for what the server does after its answer. Returns how many it sent. */
export async function pushOneByOne(origin: string, random: Random): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let sent = 0
  const send = async (
    method: string,
    url: string,
    expected: number,
    body?: Buffer | Iterable<Buffer>,
    type?: string,
  ) => {
    const headers = { 'content-type': type ?? 'application/octet-stream' }
    const answer = await exchange({ agent, method, url: new URL(url, origin).href, headers, ...(body ? { body } : {}) })
    assertEqual(answer.status, expected, `the status of ${method} ${url} (${answer.body.toString().slice(0, 300)})`)
    sent += 1
    await sleep(quietMs)
    return answer.headers.location ?? ''
  }
  const uploads = '/v2/durable/one/blobs/uploads/'
  const withDigest = (url: string, { digest }: Blob) => `${url}${url.includes('?') ? '&' : '?'}digest=${digest}`
  const blobs: Blob[] = []

  for (const size of sizes) {
    const single = markedBlob(random, size)
    await send('POST', withDigest(uploads, single), 201, single.bytes)
    const monolithic = markedBlob(random, size)
    await send('PUT', withDigest(await send('POST', uploads, 202), monolithic), 201, monolithic.bytes)
    const streamed = markedBlob(random, size)
    const location = await send('PATCH', await send('POST', uploads, 202), 202, [streamed.bytes])
    await send('PUT', withDigest(location, streamed), 201)
    const chunked = markedBlob(random, size)
    let next = await send('POST', uploads, 202)
    for (const chunk of thirds(chunked.bytes)) next = await send('PATCH', next, 202, chunk)
    await send('PUT', withDigest(next, chunked), 201)
    blobs.push(single, monolithic, streamed, chunked)
  }
  const last = blobs.at(-1)
  assertThat(last, 'blobs were pushed')
  await send('POST', `/v2/durable/two/blobs/uploads/?mount=${last.digest}&from=durable/one`, 201)

  const first = manifestOf(blobs.slice(0, 8))
  const second = manifestOf(blobs.slice(8))
  const manifests = '/v2/durable/one/manifests/'
  await send('PUT', manifests + first.digest, 201, first.bytes, manifestType)
  await send('PUT', `${manifests}latest`, 201, first.bytes, manifestType)
  await send('PUT', `${manifests}latest`, 201, second.bytes, manifestType)
  await send('DELETE', `${manifests}latest`, 202)
  await send('DELETE', manifests + second.digest, 202)
  agent.destroy()
  return sent
}

/** Several pushers at once, each blob pushed by an answer that names its digest. Returns the blobs. */
export async function pushTogether(origin: string, random: Random, pushers: number): Promise<readonly MarkedBlob[]> {
  const large = sizes.filter((size) => size >= 200_000)
  const blobs = Array.from({ length: pushers }, () => large.map((size) => markedBlob(random, size)))
  const push = async (queue: readonly MarkedBlob[]) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const { digest, bytes } of queue) {
      const url = `${origin}/v2/durable/many/blobs/uploads/?digest=${digest}`
      const answer = await exchange({ agent, method: 'POST', url, body: bytes })
      assertEqual(answer.status, 201, `the status of POST ${url}`)
    }
    agent.destroy()
  }
  await Promise.all(blobs.map(push))
  return blobs.flat()
}

let marks = 0

function markedBlob(random: Random, size: number): MarkedBlob {
  const mark = `durable-${String(marks++).padStart(4, '0')}-`
  const bytes = random.bytes(size)
  bytes.write(mark)
  return { mark, ...makeBlob(bytes) }
}

function thirds(bytes: Buffer): readonly Buffer[] {
  const third = Math.ceil(bytes.length / 3)
  return [0, 1, 2].map((part) => bytes.subarray(part * third, (part + 1) * third)).filter(({ length }) => length > 0)
}

function manifestOf([config, ...layers]: readonly Blob[]): Blob {
  assertThat(config, 'blobs were pushed')
  return makeManifest(config, layers)
}
