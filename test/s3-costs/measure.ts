/**
 * What each operation of a client costs in requests to S3: every method is counted, at a server, over real sockets.
 * @module
 */

import { type RunningRegistry, startRegistry } from '@tsreg/registry'
import { openStorage } from '@tsreg/storage'
import { openBucket } from '@tsreg/storage/bucket'
import { type S3Behaviour, type S3Double, startS3Double } from '@tsreg/storage/testing/s3-double'
import { type Blob, makeBlob, makeManifest, manifestType } from '../faults/load/content.ts'
import { type Answer, exchange } from '../harness/exchange.ts'
import { createRandom } from '../harness/random.ts'
import { assertEqual } from '../harness/report.ts'

export interface Cost {
  /** What the client does. */
  readonly operation: string
  /** Requests by the name of S3's operation. */
  readonly requests: Readonly<Record<string, number>>
  readonly total: number
}

const MiB = 1024 * 1024
const redirectSeconds = 1200

/** The table, in a fixed order. */
export async function measureCosts(behaviour: Partial<S3Behaviour> = {}): Promise<readonly Cost[]> {
  const s3 = await startS3Double({ behaviour })
  const random = createRandom(1, 'costs')
  const costs: Cost[] = []
  const started: RunningRegistry[] = []

  /** A replica that has seen nothing yet. */
  async function freshReplica(): Promise<Replica> {
    const registry = await startReplica(s3)
    started.push(registry)
    const ask: Replica['ask'] = (method, path, { body, headers = {}, expected }) =>
      askFor({ method, url: registry.url + path, headers, ...(body === undefined ? {} : { body }) }, expected)
    return { ask }
  }

  async function count(operation: string, work: () => Promise<unknown>): Promise<void> {
    s3.reset()
    await work()
    const requests: Record<string, number> = {}
    for (const { operation: name } of s3.requests) requests[name] = (requests[name] ?? 0) + 1
    costs.push({ operation, requests, total: s3.requests.length })
  }

  try {
    const [one, two, three] = [await freshReplica(), await freshReplica(), await freshReplica()]
    const fresh = (size: number) => makeBlob(random.bytes(size))
    // Learns the size of parts, as the first large upload of each replica does.
    await monolithic(one, 'warm', fresh(9 * MiB))
    const shared = fresh(MiB)

    await count('new blob of 1 MiB, POST + PUT', () => monolithic(one, 'a', shared))
    await count('new blob of 1 MiB, POST + PATCH + PUT', () => streamed([one, one, one], 'a', fresh(MiB)))
    await count('the same, each request on another replica', () => streamed([one, two, three], 'a', fresh(MiB)))
    await count('new blob of 1 MiB, POST ?digest=', () => single(one, 'a', fresh(MiB)))
    await count('new blob of 16 KiB, POST ?digest=', () => single(one, 'a', fresh(16_384)))
    await count('new blob of 16 KiB, POST + PUT', () => monolithic(one, 'a', fresh(16_384)))
    await count('new blob of 20 MiB (3 parts), POST + PUT', () => monolithic(one, 'a', fresh(20 * MiB)))
    await count('blob that is there, POST + PUT', () => monolithic(one, 'a', shared))
    await count('the same on a replica that has not seen it', () => monolithic(two, 'a', shared))
    await count('blob that is there, POST + PATCH + PUT', () => streamed([one, one, one], 'a', shared))
    await count('blob that is there, POST ?digest=', () => single(one, 'a', shared))
    await count('blob that is in another repository, POST + PUT', () => monolithic(one, 'b', shared))
    await count('blob that is in another repository, mount', () => mount(one, 'c', 'a', shared.digest))

    const config = makeBlob(Buffer.from('{"os":"linux"}'))
    const layers = Array.from({ length: 10 }, () => fresh(20_000))
    for (const blob of [config, ...layers]) await single(one, 'images', blob)
    let replica = await freshReplica()
    const first = 'manifest with 10 layers by tag, first of its repository, cold'
    await count(first, () => putManifest(replica, 'images', makeManifest(config, layers)))
    const manifest = makeManifest(config, layers.toReversed())
    replica = await freshReplica()
    await count('manifest with 10 layers by tag, cold', () => putManifest(replica, 'images', manifest))
    await count('the same again', () => putManifest(replica, 'images', manifest))
    const byTag = '/v2/images/manifests/v1'
    const byDigest = `/v2/images/manifests/${manifest.digest}`
    await twice('manifest GET by tag', 'GET', byTag, 200)
    await twice('manifest HEAD by digest', 'HEAD', byDigest, 200)
    await twice('blob HEAD', 'HEAD', `/v2/a/blobs/${shared.digest}`, 200)
    await twice('blob GET, redirected', 'GET', `/v2/a/blobs/${shared.digest}`, 307)
    await count('a page of tags', () => one.ask('GET', '/v2/images/tags/list', { expected: 200 }))
    await count('a page of the catalog', () => one.ask('GET', '/v2/_catalog', { expected: 200 }))
    await count('a page of no referrers', () =>
      one.ask('GET', `/v2/images/referrers/${manifest.digest}`, { expected: 200 }),
    )
    await count('DELETE of a tag', () => one.ask('DELETE', byTag, { expected: 202 }))
    await count('DELETE of a manifest', () => one.ask('DELETE', byDigest, { expected: 202 }))
    await count('/readyz', () => one.ask('GET', '/readyz', { expected: 200 }))
    return costs

    async function twice(operation: string, method: string, path: string, expected: number): Promise<void> {
      const replica = await freshReplica()
      await count(`${operation}, cold`, () => replica.ask(method, path, { expected }))
      await count(`${operation}, warm`, () => replica.ask(method, path, { expected }))
    }
  } finally {
    for (const registry of started) await registry.close()
    await s3.close()
  }
}

interface Replica {
  ask(
    method: string,
    path: string,
    options: { readonly body?: Buffer; readonly headers?: Record<string, string>; readonly expected: number },
  ): Promise<Answer>
}

async function startReplica(s3: S3Double): Promise<RunningRegistry> {
  const { accessKeyId, secretAccessKey } = s3
  const bucket = await openBucket(s3.storageUrl('costs'), { s3: { credentials: { accessKeyId, secretAccessKey } } })
  // Everything that is warm stays so for as long as the measurement takes.
  const storage = await openStorage(bucket, { cacheTtlMs: 3_600_000, signedUrlMs: redirectSeconds * 1000 })
  return await startRegistry({ listen: '127.0.0.1:0', logLevel: 'silent', redirectSeconds }, { storage })
}

async function askFor(options: Parameters<typeof exchange>[0], expected: number): Promise<Answer> {
  const answer = await exchange(options)
  assertEqual(answer.status, expected, `the status of ${options.method} ${options.url} (${answer.body})`)
  return answer
}

async function open(replica: Replica, repository: string): Promise<string> {
  const { headers } = await replica.ask('POST', `/v2/${repository}/blobs/uploads/`, { expected: 202 })
  return String(headers.location)
}

async function monolithic(replica: Replica, repository: string, { digest, bytes }: Blob): Promise<void> {
  const location = await open(replica, repository)
  await replica.ask('PUT', `${location}?digest=${digest}`, { body: bytes, expected: 201 })
}

async function streamed(replicas: readonly [Replica, Replica, Replica], repository: string, { digest, bytes }: Blob) {
  const [first, second, third] = replicas
  const location = await open(first, repository)
  await second.ask('PATCH', location, { body: bytes, expected: 202 })
  await third.ask('PUT', `${location}?digest=${digest}`, { expected: 201 })
}

async function single(replica: Replica, repository: string, { digest, bytes }: Blob): Promise<void> {
  await replica.ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes, expected: 201 })
}

async function mount(replica: Replica, repository: string, from: string, digest: string): Promise<void> {
  await replica.ask('POST', `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`, { expected: 201 })
}

async function putManifest(replica: Replica, repository: string, { bytes }: Blob): Promise<void> {
  const headers = { 'content-type': manifestType }
  await replica.ask('PUT', `/v2/${repository}/manifests/v1`, { body: bytes, headers, expected: 201 })
}
