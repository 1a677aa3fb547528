/**
 * A crowd on a store without compare-and-swap: one process serves all clients at once, and may die. Duplicates and what is
 * cut off stay there for ever; what was acknowledged does as well.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import { seeded } from '@tsreg/testkit'
import { type Bucket, memoryBucket } from '../../bucket/index.ts'
import { writerKey } from '../../paths.ts'
import { openStorage } from '../../storage.ts'
import { interleaver } from '../interleaver.ts'
import { brokenManifest, brokenPointers } from '../invariants.ts'
import { randomMoves } from '../random-moves.ts'
import { content } from '../repository-fixtures.ts'
import { d1, d2, large, m1, ofLarge, twoBlobs } from './contents.ts'
import { InvariantBroken } from './oracle.ts'
import { finalizer, janitor, mounter, oneRequest, type Person, patcher, pusher, uploader } from './people.ts'
import { limits } from './play.ts'
import type { Walked } from './walk.ts'

/** Long enough that a busy machine is not taken for a store that does not answer; half of it passes at each opening. */
const beatMs = 2000

export async function walkSoleWriter(seed: number): Promise<Walked> {
  const random = seeded(seed)
  const shared = withoutCas(memoryBucket({ partSize: 512 }))
  let door = shared
  const storage = await openStorage(
    throughDoor(() => door),
    { ...limits, beatMs },
  )
  const session = await storage.repository('a').uploads.create()
  const to = (tag: string) => ({ repository: 'a', tag })
  const people = random
    .shuffle([
      uploader(d1, 'a'),
      uploader(large, 'a'),
      finalizer(session, d1, 'a'),
      finalizer(session, d2, 'a'),
      patcher(session, d1, 'a'),
      oneRequest(d1, 'a'),
      oneRequest(d2, 'a'),
      mounter(d1, 'a', 'b'),
      pusher(m1, to('t')),
      pusher(twoBlobs, to('t')),
      pusher(ofLarge, to('u')),
      janitor(),
    ])
    .slice(0, random.integer(4, 10))
  const acknowledged: Person[] = []
  async function judge(): Promise<void> {
    const broken = await brokenPointers(shared)
    for (const person of acknowledged) {
      if (person.part === 'pusher') broken.push(...(await brokenManifest(shared, 'a', person.digest)))
    }
    if (broken.length > 0) throw new InvariantBroken(`I1, I2: ${broken[0]}`)
  }

  const game = interleaver({ shared, choose: randomMoves({ random, faults: random.integer(0, 3) }), check: judge })
  game.add('server', async (bucket) => {
    door = bucket
    const serve = async (person: Person) => {
      await person.act(storage)
      acknowledged.push(person)
    }
    await Promise.allSettled(people.map(serve))
  })
  const names = people.map(({ name }) => name)
  try {
    await game.run()
    door = shared
    await storage.close()
    await shared.delete(writerKey)
    await comeAnew(shared)
    await judge()
    return { trace: game.trace, failure: undefined, ended: true, people: names }
  } catch (failure) {
    return { trace: game.trace, failure, ended: true, people: names }
  }
}

/** The next process on the store can push what the last one could not. */
async function comeAnew(shared: Bucket): Promise<void> {
  const storage = await openStorage(
    throughDoor(() => shared),
    { ...limits, beatMs },
  )
  const { uploads, manifests, tags } = storage.repository('a')
  for (const blob of [d1, d2]) await uploads.put(digestOf(blob), content(blob))
  const { bytes, descriptor } = twoBlobs
  await manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['new'] })
  const { digest } = await tags.resolve('new')
  if (digest !== descriptor.digest) throw new InvariantBroken(`I4: the tag of a new push names ${digest}`)
  await storage.close()
}

function withoutCas(bucket: Bucket): Bucket {
  return { ...bucket, capabilities: { cas: false, conditionalDelete: false } }
}

/** A bucket that is another one from a moment on: the storage is opened, and then its operations are interleaved. */
function throughDoor(door: () => Bucket): Bucket {
  return {
    ...door(),
    read: (...given) => door().read(...given),
    put: (...given) => door().put(...given),
    batch: (...given) => door().batch(...given),
    list: (...given) => door().list(...given),
    delete: (...given) => door().delete(...given),
    stat: (...given) => door().stat(...given),
    get: (...given) => door().get(...given),
    write: (...given) => door().write(...given),
    startMultipart: (...given) => door().startMultipart(...given),
    openMultipart: (...given) => door().openMultipart(...given),
  }
}
