import { describe, expect, test } from '@jest/globals'
import { type Bucket, memoryBucket, openBucket } from './bucket/index.ts'
import type { StorageOptions } from './context.ts'
import { openStorage } from './storage.ts'
import { failureOf, keysOf, pushImage } from './testing/repository-fixtures.ts'
import { startS3Double, swiftBehaviour } from './testing/s3-double/index.ts'

const beatMs = 40

function withoutCas(): Bucket {
  return { ...memoryBucket({ conditionalDelete: false }), capabilities: { cas: false, conditionalDelete: false } }
}

/** A process of its own on the bucket, which can be kept from seeing and showing who writes. */
function processOn(bucket: Bucket) {
  const warnings: string[] = []
  let isCut = false
  const mine: Bucket = {
    ...bucket,
    read: async (key, options) => (isCut && key === 'writer' ? await lost() : await bucket.read(key, options)),
    put: async (key, body, options) =>
      isCut && key === 'writer' ? await lost() : await bucket.put(key, body, options),
    close: async () => {},
  }
  const options: StorageOptions = { beatMs, onWarning: (_, what) => warnings.push(what) }
  return {
    warnings,
    open: () => openStorage(mine, options),
    cut() {
      isCut = true
    },
    heal() {
      isCut = false
    },
  }
}

async function lost(): Promise<never> {
  throw new Error('no connection')
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A slow machine may keep a heart from beating for a moment; then writes are refused, and this waits for the next beat. */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return await work.then(
    () => true,
    () => false,
  )
}

describe('the one writer of a store without compare-and-swap', () => {
  test('a second process is refused while the first one lives, with its name and what to do', async () => {
    const bucket = withoutCas()
    const first = await processOn(bucket).open()
    const refusal = await failureOf(processOn(bucket).open())
    expect([refusal.code, refusal.detail?.reason]).toEqual(['UNAVAILABLE', 'in-use'])
    expect(refusal.message).toMatch(new RegExp(`^process ${process.pid} on .*no compare-and-swap.*stop that one first`))
    await until(() => succeeds(pushImage(first.repository('a'), 1, 'still')))
    expect(first.state().writers).toBe('sole')
    await first.close()
  })

  test('of 5 processes that start at once on an empty store at most one writes', async () => {
    const bucket = withoutCas()
    const opened = await Promise.allSettled(Array.from({ length: 5 }, () => processOn(bucket).open()))
    const storages = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(storages.length).toBeLessThanOrEqual(1)
    await Promise.all(storages.map((storage) => storage.close()))
  })

  test('one that takes leave lets the next one start, and leaves no cell', async () => {
    const bucket = withoutCas()
    await (await processOn(bucket).open()).close()
    expect(await keysOf(bucket, 'writer')).toEqual([])
    const next = processOn(bucket)
    await (await next.open()).close()
    expect(next.warnings).toEqual([])
  })

  test('one that died is succeeded, with a warning', async () => {
    const bucket = withoutCas()
    await bucket.put('writer', Buffer.from('{"id":"x","host":"gone","pid":1,"since":"2026-11-25T00:00:00.000Z"}\n'))
    const next = processOn(bucket)
    const storage = await next.open()
    expect(next.warnings).toEqual([expect.stringContaining('silent: taking over')])
    await until(() => succeeds(pushImage(storage.repository('a'), 1, 't')))
    await storage.close()
  })

  test('one that lost the store from sight writes nothing until it knows that it is still alone', async () => {
    const bucket = withoutCas()
    const first = processOn(bucket)
    const storage = await first.open()
    await until(() => succeeds(pushImage(storage.repository('a'), 1, 'before')))
    first.cut()
    await until(async () => !(await succeeds(pushImage(storage.repository('a'), 2))))
    expect((await failureOf(pushImage(storage.repository('a'), 2))).message).toContain('refused until that is known')
    first.heal()
    await until(() => succeeds(pushImage(storage.repository('a'), 3, 'after')))
    expect(storage.state().writers).toBe('sole')
    await storage.close()
  })

  test('one that was taken for dead stops writing for good, and says so', async () => {
    const bucket = withoutCas()
    const first = processOn(bucket)
    const storage = await first.open()
    first.cut()
    const second = await processOn(bucket).open()
    first.heal()
    await until(() => storage.state().writers === 'lost')
    const refusal = await failureOf(pushImage(storage.repository('a'), 1))
    expect([refusal.code, refusal.detail?.reason]).toEqual(['UNAVAILABLE', 'in-use'])
    expect(first.warnings).toContain('this process no longer writes')
    await storage.close()
    await until(() => succeeds(pushImage(second.repository('a'), 2, 'goes-on')))
    await second.close()
    expect(await keysOf(bucket, 'writer')).toEqual([])
  })
})

test('on an S3 server that refuses conditions, as Swift, images are pushed by one process, and a second one is refused', async () => {
  const s3 = await startS3Double({ behaviour: swiftBehaviour })
  const open = async () => {
    const bucket = await openBucket(s3.storageUrl('sole'), { s3: { credentials: s3, delayFactor: 0 } })
    return await openStorage(bucket, { beatMs: 1000 }).catch(async (error: unknown) => {
      await bucket.close()
      throw error
    })
  }
  const first = await open()
  expect((await failureOf(open())).detail?.reason).toBe('in-use')
  await pushImage(first.repository('a'), 1, 't')
  expect((await first.repository('a').tags.list({ limit: 10 })).items).toEqual(['t'])
  expect(first.state()).toMatchObject({ writers: 'sole', conditionalDelete: false, signedUrls: true })
  await first.close()
  const next = await open()
  expect((await next.repository('a').tags.resolve('t')).tag).toBe('t')
  await next.close()
  await s3.close()
})
