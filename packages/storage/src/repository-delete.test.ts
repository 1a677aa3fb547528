import { beforeEach, describe, expect, test } from '@jest/globals'
import { makeImage } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from './bucket/index.ts'
import { cellsOf } from './cells.ts'
import { linkPrefix, manifestPrefix } from './paths.ts'
import type { Repository } from './repository.ts'
import { openStorage } from './storage.ts'
import { type GatedBucket, gatedBucket } from './testing/gated-bucket.ts'
import { brokenManifest } from './testing/invariants.ts'
import { failureOf, keysOf, pushParts } from './testing/repository-fixtures.ts'

const name = 'a/b'
const image = makeImage({ seed: 1 })
const { descriptor, bytes } = image.manifest
const marker = 'cat/a.b'

/** A push and a deletion of one repository, at every point where one may stop. */
describe.each([true, false])('deleting a repository beside a push (conditional delete: %p)', (conditionalDelete) => {
  let shared: Bucket
  beforeEach(() => {
    shared = memoryBucket({ conditionalDelete })
  })

  async function replica(): Promise<GatedBucket & { readonly repository: Repository }> {
    const gated = gatedBucket(shared)
    const storage = await openStorage(gated.bucket, { cacheTtlMs: 0 })
    return { ...gated, repository: storage.repository(name) }
  }

  const push = ({ repository }: { readonly repository: Repository }) =>
    repository.manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['t'] })

  /** What was acknowledged and stays is whole, and listed. */
  async function expectWhole(): Promise<void> {
    const alive = (await cellsOf(shared).read(manifestPrefix(name) + descriptor.digest.replace(':', '/'))).header
    if (alive === undefined) return
    expect(await brokenManifest(shared, name, descriptor.digest)).toEqual([])
    expect(await keysOf(shared, 'cat/')).toEqual([marker])
  }

  test('a push that comes after the last look before the marker goes is in the catalog', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushParts(pusher.repository, image)
    await push(pusher)
    const gate = deleter.stop(`delete ${marker}`)
    const deletion = deleter.repository.delete()
    await gate.reached
    await pushParts(pusher.repository, image)
    await push(pusher)
    gate.open()
    await deletion
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
    expect(await keysOf(shared, 'cat/')).toEqual([marker])
    await expectWhole()
  })

  test('a push that looked for the marker before it went is in the catalog', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushParts(pusher.repository, image)
    await push(pusher)
    const going = deleter.stop(`delete ${marker}`)
    const deletion = deleter.repository.delete()
    await going.reached
    await pushParts(pusher.repository, image)
    const looked = pusher.stop('read t/')
    const pushed = push(pusher)
    await looked.reached
    going.open()
    await deletion
    looked.open()
    await pushed
    expect(await keysOf(shared, 'cat/')).toEqual([marker])
    await expectWhole()
  })

  test('a push that is about to look for the marker writes it anew', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushParts(pusher.repository, image)
    await push(pusher)
    const last = deleter.stop(`delete ${marker}`)
    const deletion = deleter.repository.delete()
    await last.reached
    await pushParts(pusher.repository, image)
    const looks = pusher.stop(`read ${marker}`)
    const pushed = push(pusher)
    await Promise.race([looks.reached, pushed])
    const dies = deleter.stop(`list ${manifestPrefix(name)}`)
    last.open()
    await dies.reached
    // The deletion never comes to its last look.
    looks.open()
    await pushed
    expect(await keysOf(shared, 'cat/')).toEqual([marker])
    dies.fail()
    await deletion.catch(() => undefined)
    await expectWhole()
  })

  test('a push that has checked its links before they are condemned keeps them', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushParts(pusher.repository, image)
    const condemns = deleter.stop(`put ${linkPrefix(name)}`)
    const deletion = deleter.repository.delete()
    await condemns.reached
    const tags = pusher.stop('read t/')
    const pushed = push(pusher)
    await tags.reached
    const buries = deleter.stop(`list ${manifestPrefix(name)}`)
    condemns.open()
    await buries.reached
    buries.fail()
    await failureOfGate(deletion)
    tags.open()
    await pushed
    await expectWhole()
  })

  test('a link that a push rescued after it was condemned is not buried', async () => {
    const [pusher, deleter] = [await replica(), await replica()]
    await pushParts(pusher.repository, image)
    const links = await keysOf(shared, linkPrefix(name))
    // Links are condemned by `put`; where there is no conditional delete they are buried by `put` as well.
    for (const _ of links) if (!conditionalDelete) deleter.stop('put l/').open()
    const buries = links.map(() => deleter.stop(conditionalDelete ? 'delete l/' : 'put l/'))
    const deletion = deleter.repository.delete()
    await Promise.all(buries.map(({ reached }) => reached))
    await push(pusher)
    const dies = deleter.stop('list t/')
    for (const gate of buries) gate.open()
    await dies.reached
    dies.fail()
    await failureOfGate(deletion)
    expect((await pusher.repository.tags.fetch('t')).digest).toBe(descriptor.digest)
    await expectWhole()
  })

  test.each(['put', 'delete', 'list', 'read'])('one that dies at its %s can be done again', async (operation) => {
    const [pusher, dying, deleter] = [await replica(), await replica(), await replica()]
    await pushParts(pusher.repository, image)
    await push(pusher)
    const prefixes = ['t/', 'm/', 'l/', 'cat/']
    for (const prefix of prefixes) {
      const gate = dying.stop(`${operation} ${prefix}`)
      const deletion = dying.repository.delete()
      const ended = deletion.then(
        () => true,
        () => true,
      )
      if (await Promise.race([gate.reached.then(() => false), ended])) break
      gate.fail()
      await ended
    }
    await deleter.repository.delete().catch(() => undefined)
    expect(await keysOf(shared, 'cat/')).toEqual([])
    expect((await failureOf(deleter.repository.delete())).code).toBe('NAME_UNKNOWN')
  })
})

async function failureOfGate(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toThrow('failed by the test')
}
