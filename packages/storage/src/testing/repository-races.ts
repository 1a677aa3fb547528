/**
 * Contract of clients that meet: on one blob, one session, one tag, through two replicas.
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import { seededBytes } from './bucket-fixtures.ts'
import { pushes } from './repository-commits.ts'
import { type CurrentStorage, content, freshName, keysOf, pushParts, readBlob } from './repository-fixtures.ts'

export function describeRaces(current: CurrentStorage): void {
  describe('races', () => {
    test.each([500, 60_000, 700_000])(
      '20 clients push one blob of %i bytes at once: all succeed, it is stored once',
      async (size) => {
        const { storage, replica, bucket } = current()
        const bytes = seededBytes(size, 1000 + size)
        const digest = digestOf(bytes)
        const before = await keysOf(bucket, 'd/')
        const ways = Object.values(pushes)
        const clients = Array.from({ length: 20 }, (_, n) => {
          const repository = (n % 2 === 0 ? storage : replica).repository(freshName())
          return { repository, done: ways[n % ways.length]?.(repository, bytes, digest) }
        })
        await Promise.all(clients.map(({ done }) => done))
        for (const { repository } of clients) expect((await readBlob(repository, digest)).equals(bytes)).toBe(true)
        expect((await keysOf(bucket, 'd/')).length - before.length).toBe(size > 16 * 1024 ? 1 : 0)
        expect(await keysOf(bucket, 'u/')).toEqual([])
      },
    )

    test.each([100, 60_000, 700_000])(
      'two closing PUTs with different bodies (%i) on one session: no digest ever names other bytes',
      async (size) => {
        const { storage, replica, bucket } = current()
        for (let round = 0; round < 8; round++) {
          const name = freshName()
          const [here, there] = [storage.repository(name), replica.repository(name)]
          const { id } = await here.uploads.create()
          const bodies = [seededBytes(size, round * 2 + 1), seededBytes(size, round * 2 + 2)] as const
          const commits = [here, there].map(async ({ uploads }, n) => {
            const body = bodies[n] ?? Buffer.alloc(0)
            const upload = await uploads.resume(id)
            return await upload.commit(digestOf(body), { content: content(body, 20_000) })
          })
          const results = await Promise.allSettled(commits)
          expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
          for (const [n, body] of bodies.entries()) {
            const acknowledged = results[n]?.status === 'fulfilled'
            const found = await readBlob(there, digestOf(body)).catch(() => undefined)
            if (acknowledged || found !== undefined) expect(found?.equals(body)).toBe(true)
          }
          await storage.discardStaleUploads({ ageMs: -1000 })
          expect(await keysOf(bucket, 'u/')).toEqual([])
        }
      },
    )

    test('of two PATCHes at one offset one wins, the other is RANGE_INVALID with the right offset, and nothing mixes', async () => {
      const { storage, replica } = current()
      for (const size of [300, 30_000, 600_000]) {
        const name = freshName()
        const replicas = [storage.repository(name), replica.repository(name)]
        const { id } = await storage.repository(name).uploads.create()
        const bodies = [seededBytes(size, 1), seededBytes(size, 2)]
        const uploads = await Promise.all(replicas.map((repository) => repository.uploads.resume(id)))
        const results = await Promise.allSettled(
          uploads.map((upload, n) => upload.append(content(bodies[n] ?? Buffer.alloc(0), 20_000), { start: 0 })),
        )
        const [loser] = results.filter((result) => result.status === 'rejected')
        expect(loser?.reason).toMatchObject({ code: 'RANGE_INVALID', detail: { offset: size } })
        const winner = bodies[results.findIndex(({ status }) => status === 'fulfilled')] ?? Buffer.alloc(0)
        const resumed = await storage.repository(name).uploads.resume(id)
        await resumed.commit(digestOf(winner))
        expect((await readBlob(storage.repository(name), digestOf(winner))).equals(winner)).toBe(true)
      }
    })

    test('of 10 pushes of different images to a tag that must not exist, one wins', async () => {
      const { storage, replica } = current()
      const name = freshName()
      const images = Array.from({ length: 10 }, (_, n) => makeImage({ seed: 5000 + n, layers: 1 }))
      for (const image of images) await pushParts(storage.repository(name), image)
      const results = await Promise.allSettled(
        images.map(({ manifest: { bytes, descriptor } }, n) =>
          (n % 2 === 0 ? storage : replica)
            .repository(name)
            .manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['only'], ifNoneMatch: ['*'] }),
        ),
      )
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.digest] : []))
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'PRECONDITION_FAILED' })
      }
      expect(winners).toEqual([(await storage.repository(name).tags.resolve('only')).digest])
    })

    test('a tag under 10 moves conditioned on what they saw goes from one to the next without a lost move', async () => {
      const { storage, replica } = current()
      const name = freshName()
      const images = Array.from({ length: 10 }, (_, n) => makeImage({ seed: 6000 + n, layers: 1 }))
      for (const image of images) await pushParts(storage.repository(name), image)
      const put = (n: number, condition: object) => {
        const { bytes, descriptor } = images[n]?.manifest ?? { bytes: Buffer.alloc(0), descriptor: { mediaType: '' } }
        const { manifests } = (n % 2 === 0 ? storage : replica).repository(name)
        return manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['t'], ...condition })
      }
      const first = await put(0, {})
      const moves = await Promise.allSettled(
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => put(n, { ifMatch: [first.digest] })),
      )
      expect(moves.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    })
  })
}
