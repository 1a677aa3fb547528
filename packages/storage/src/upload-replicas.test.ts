import { beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { failing } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from './bucket/index.ts'
import { dataPrefix } from './paths.ts'
import type { Repository } from './repository.ts'
import { openStorage } from './storage.ts'
import { seededBytes } from './testing/bucket-fixtures.ts'
import { type CountingBucket, countingBucket } from './testing/counting-bucket.ts'
import { content, failureOf, keysOf, leftBy, readBlob, stuck } from './testing/repository-fixtures.ts'
import { wrapBucket } from './testing/wrapped-bucket.ts'

const MiB = 1024 * 1024
const partSize = MiB
const checkpointBytes = 3 * MiB

interface Replica extends CountingBucket {
  readonly repository: Repository
  /** Nothing it does reaches the bucket from now on. */
  kill(): void
}

let shared: Bucket
beforeEach(() => {
  shared = memoryBucket({ partSize, conditionalDelete: false })
})

async function startReplica(): Promise<Replica> {
  let isDead = false
  const mortal = wrapBucket(shared, async (_, call) => (isDead ? await new Promise<never>(() => {}) : await call()))
  const counting = countingBucket(mortal)
  const storage = await openStorage(counting.bucket, { singleObjectBytes: 256 * 1024, checkpointBytes })
  counting.reset()
  return {
    ...counting,
    repository: storage.repository('a'),
    kill() {
      isDead = true
    },
  }
}

const startReplicas = (): Promise<Replica[]> => Promise.all([startReplica(), startReplica(), startReplica()])

describe('an upload over three replicas of one bucket', () => {
  test.each([0, 1, 900, 20_000, 200_000, 700_000, 5 * MiB + 77])(
    'POST on one, PATCH on a second, an empty PUT on a third: %i bytes',
    async (size) => {
      const bytes = seededBytes(size, size)
      const [one, two, three] = (await startReplicas()) as [Replica, Replica, Replica]
      const { id } = await one.repository.uploads.create()
      expect(await (await two.repository.uploads.resume(id)).append(content(bytes, 65_536))).toBe(size)
      await (await three.repository.uploads.resume(id)).commit(digestOf(bytes))
      expect((await readBlob(one.repository, digestOf(bytes))).equals(bytes)).toBe(true)
      expect(await leftBy(shared, id)).toEqual(await keysOf(shared, 'd/'))
      expect(await keysOf(shared, 'u/')).toEqual([])
    },
  )

  test('costs 12 requests for 200 KiB, one LIST more than on one, and the bytes are written once and not read back', async () => {
    const bytes = seededBytes(200_000, 1)
    const replicas = (await startReplicas()) as [Replica, Replica, Replica]
    const [one, two, three] = replicas
    const { id } = await one.repository.uploads.create()
    await (await two.repository.uploads.resume(id)).append(content(bytes, 65_536))
    await (await three.repository.uploads.resume(id)).commit(digestOf(bytes))
    const requests = replicas.flatMap((replica) => replica.requests)
    // On one replica 11: that one knows what it wrote, another one looks for what a third may have left.
    expect(requests.filter((request) => request.startsWith('list '))).toEqual([`list ${dataPrefix(id)}`])
    expect(requests.length).toBe(12)
    expect(requests.filter((request) => request.startsWith('get '))).toEqual([])
    expect(replicas.reduce((sum, replica) => sum + replica.written(), 0)).toBeLessThan(202_000)
  })

  test('of large ones only the tail is read back at an empty PUT, which becomes the last part', async () => {
    const bytes = seededBytes(5 * MiB + 300_000, 1)
    const [one, two, three] = (await startReplicas()) as [Replica, Replica, Replica]
    const { id } = await one.repository.uploads.create()
    await (await two.repository.uploads.resume(id)).append(content(bytes, 65_536))
    await (await three.repository.uploads.resume(id)).commit(digestOf(bytes))
    const reads = three.requests.filter((request) => /^(get|stat) /.test(request))
    expect(reads).toEqual([expect.stringMatching(/^get d\//)])
    expect(three.written()).toBeLessThan(302_000)
  })

  test('a wrong digest on a third replica is refused, and the right one accepted on a fourth', async () => {
    const bytes = seededBytes(2 * MiB + 5, 1)
    const [one, two, three] = (await startReplicas()) as [Replica, Replica, Replica]
    const { id } = await one.repository.uploads.create()
    await (await two.repository.uploads.resume(id)).append(content(bytes, 65_536))
    const wrong = (await three.repository.uploads.resume(id)).commit(digestOf(seededBytes(9, 9)))
    expect((await failureOf(wrong)).code).toBe('DIGEST_INVALID')
    const four = await startReplica()
    expect((await four.repository.uploads.resume(id)).offset).toBe(bytes.byteLength)
    await (await four.repository.uploads.resume(id)).commit(digestOf(bytes))
    expect((await readBlob(one.repository, digestOf(bytes))).equals(bytes)).toBe(true)
  })

  test('an empty PUT under another algorithm than the session was begun with is hashed anew', async () => {
    for (const size of [20_000, 200_000, 2 * MiB]) {
      const bytes = seededBytes(size, size)
      const [one, two, three] = (await startReplicas()) as [Replica, Replica, Replica]
      const { id } = await one.repository.uploads.create()
      await (await two.repository.uploads.resume(id)).append(content(bytes, 65_536))
      const wrong = digestOf(seededBytes(9, 9), 'sha512')
      const refused = (await three.repository.uploads.resume(id)).commit(wrong)
      expect((await failureOf(refused)).code).toBe('DIGEST_INVALID')
      await (await three.repository.uploads.resume(id)).commit(digestOf(bytes, 'sha512'))
      expect((await readBlob(one.repository, digestOf(bytes, 'sha512'))).equals(bytes)).toBe(true)
    }
  })

  test('every chunk on another replica, with its offset, and the closing PUT with the last bytes', async () => {
    const bytes = seededBytes(3 * MiB + 1234, 2)
    const replicas = await startReplicas()
    const { id } = await (replicas[0] as Replica).repository.uploads.create()
    const chunk = 500_000
    let turn = 0
    let at = 0
    for (; at + chunk < bytes.byteLength; at += chunk) {
      const upload = await (replicas[++turn % 3] as Replica).repository.uploads.resume(id)
      expect(upload.offset).toBe(at)
      await upload.append(content(bytes.subarray(at, at + chunk), 65_536), { start: at, size: chunk })
    }
    const last = await (replicas[++turn % 3] as Replica).repository.uploads.resume(id)
    await last.commit(digestOf(bytes), { content: content(bytes.subarray(at)), start: at })
    expect((await readBlob((replicas[0] as Replica).repository, digestOf(bytes))).equals(bytes)).toBe(true)
    expect(await keysOf(shared, 'u/')).toEqual([])
  })

  test('tiny chunks in turn on three replicas: each byte is written a bounded number of times', async () => {
    const replicas = await startReplicas()
    const { id } = await (replicas[0] as Replica).repository.uploads.create()
    const bytes = seededBytes(600 * 1500, 3)
    for (let chunk = 0; chunk < 600; chunk++) {
      const upload = await (replicas[chunk % 3] as Replica).repository.uploads.resume(id)
      await upload.append(content(bytes.subarray(chunk * 1500, (chunk + 1) * 1500)), { start: chunk * 1500 })
    }
    await (await (replicas[1] as Replica).repository.uploads.resume(id)).commit(digestOf(bytes))
    expect((await readBlob((replicas[0] as Replica).repository, digestOf(bytes))).equals(bytes)).toBe(true)
    expect(replicas.reduce((sum, replica) => sum + replica.written(), 0)).toBeLessThan(bytes.byteLength * 5)
  })
})

describe('a replica that is gone in the middle of an upload', () => {
  test('leaves all but the bytes since its last checkpoint to the next one', async () => {
    const bytes = seededBytes(8 * MiB + 500, 4)
    const [one, two] = (await startReplicas()) as [Replica, Replica]
    const { id } = await one.repository.uploads.create()
    const sent = 7 * MiB
    const { chunks, hanging } = stuck(bytes.subarray(0, sent))
    async function* pieces() {
      for await (const chunk of chunks) yield* content(chunk, 65_536)
    }
    void (await one.repository.uploads.resume(id)).append(pieces()).catch(() => {})
    await hanging
    one.kill()
    const resumed = await two.repository.uploads.resume(id)
    expect(resumed.offset).toBeGreaterThanOrEqual(sent - checkpointBytes)
    expect(resumed.offset).toBeLessThanOrEqual(sent)
    await resumed.append(content(bytes.subarray(resumed.offset), 65_536), { start: resumed.offset })
    await (await two.repository.uploads.resume(id)).commit(digestOf(bytes))
    expect((await readBlob(two.repository, digestOf(bytes))).equals(bytes)).toBe(true)
    expect(await keysOf(shared, 'u/')).toEqual([])
  })

  test('a connection that is cut is a checkpoint: another replica goes on at the very byte', async () => {
    const bytes = seededBytes(2 * MiB + 500, 5)
    const [one, two] = (await startReplicas()) as [Replica, Replica]
    const { id } = await one.repository.uploads.create()
    const cut = (await one.repository.uploads.resume(id)).append(failing(content(bytes, 65_536), 1_234_567))
    await expect(cut).rejects.toThrow('failed after')
    const resumed = await two.repository.uploads.resume(id)
    expect(resumed.offset).toBe(1_234_567)
    await resumed.commit(digestOf(bytes), { content: content(bytes.subarray(1_234_567)) })
    expect((await readBlob(two.repository, digestOf(bytes))).equals(bytes)).toBe(true)
  })

  test('a replica that was taken for gone and wakes up harms neither the upload nor the blob', async () => {
    const bytes = seededBytes(4 * MiB + 500, 6)
    const [one, two] = (await startReplicas()) as [Replica, Replica]
    const { id } = await one.repository.uploads.create()
    const gate = Promise.withResolvers<void>()
    async function* slow() {
      yield bytes.subarray(0, 2 * MiB)
      await gate.promise
      yield bytes.subarray(2 * MiB)
    }
    const late = failureOf((await one.repository.uploads.resume(id)).append(slow()))
    await (await two.repository.uploads.resume(id)).append(content(bytes, 65_536), { start: 0 })
    gate.resolve()
    expect((await late).code).toMatch(/RANGE_INVALID|BLOB_UPLOAD_UNKNOWN/)
    await (await two.repository.uploads.resume(id)).commit(digestOf(bytes))
    expect((await readBlob(two.repository, digestOf(bytes))).equals(bytes)).toBe(true)
    expect((await keysOf(shared, 'd/')).length).toBe(1)
  })
})

describe('memory and checkpoints where parts are large', () => {
  test('a checkpoint comes at the latest after so many bytes as were promised', async () => {
    const large = memoryBucket({ partSize: 4 * MiB })
    const counting = countingBucket(large)
    const storage = await openStorage(counting.bucket, { checkpointBytes: 16 * MiB })
    const { uploads } = storage.repository('a')
    const bytes = seededBytes(40 * MiB, 1)
    // Begins in the middle of a part, so that no multiple of the checkpoint is the end of one.
    const upload = await uploads.create()
    await upload.append(content(bytes.subarray(0, 3 * MiB), 65_536))
    const saved: number[] = []
    async function* watched() {
      for (let at = 3 * MiB; at < bytes.byteLength; at += 65_536) {
        saved.push(at - (await uploads.resume(upload.id)).offset)
        yield bytes.subarray(at, at + 65_536)
      }
    }
    await (await uploads.resume(upload.id)).append(watched())
    expect(Math.max(...saved)).toBeGreaterThan(8 * MiB)
    expect(Math.max(...saved)).toBeLessThanOrEqual(16 * MiB)
    expect(counting.written()).toBeLessThan(44 * MiB)
  })

  test('parts over 9 MiB are written one after the other, and the bucket is told what is coming', async () => {
    let underWay = 0
    let most = 0
    const expected: unknown[] = []
    const inner = memoryBucket({ partSize: 10 * MiB })
    const bucket: Bucket = {
      ...wrapBucket(inner, async ({ name }, call) => await call().finally(() => name)),
      async startMultipart(key, options) {
        expected.push(options?.expectedBytes)
        const upload = await inner.startMultipart(key, options)
        return {
          ...upload,
          async part(number, parts, how) {
            most = Math.max(most, ++underWay)
            await new Promise((resolve) => setImmediate(resolve))
            return await upload.part(number, parts, how).finally(() => underWay--)
          },
        }
      },
    }
    const { uploads } = (await openStorage(bucket)).repository('a')
    const bytes = seededBytes(25 * MiB, 1)
    const upload = await uploads.create()
    let takenWhileWriting = 0
    async function* watched() {
      for (let at = 0; at < bytes.byteLength; at += MiB) {
        if (underWay > 0) takenWhileWriting += MiB
        yield bytes.subarray(at, at + MiB)
      }
    }
    await upload.append(watched(), { size: bytes.byteLength })
    expect([expected, most, takenWhileWriting]).toEqual([[25 * MiB], 1, 0])
  })
})
