/**
 * Plays with many people and faults, in orders that a seed decides: deeper than every order can be played.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import { type Random, seeded } from '@tsreg/testkit'
import { randomMoves } from '../random-moves.ts'
import { content } from '../repository-fixtures.ts'
import { d1, d2, index, large, m1, ofLarge, ofTiny, referrer, tiny, twoBlobs } from './contents.ts'
import {
  blobDeleter,
  canceller,
  collector,
  collectorTwice,
  finalizer,
  janitor,
  manifestDeleter,
  mounter,
  oneRequest,
  type Person,
  patcher,
  pusher,
  repositoryDeleter,
  tagDeleter,
  untagged,
  uploader,
} from './people.ts'
import { type Played, play, prepareScene, type Stage } from './play.ts'

export interface Walked extends Played {
  /** Who took part. */
  readonly people: readonly string[]
}

/** One play; the same seed is the same play. */
export async function walk(seed: number): Promise<Walked> {
  const random = seeded(seed)
  const faults = random.pick([0, 1, 3, 6])
  let people: readonly Person[] = []
  const scene = {
    name: `walk ${seed}`,
    about: 'a crowd',
    prepare: async (stage: Stage) => {
      people = random.shuffle(await crowd(stage, random)).slice(0, random.integer(3, 9))
      return () => people
    },
  }
  const prepared = await prepareScene(scene, random.chance(0.5))
  const next = randomMoves({ random, faults })
  const played = await play(prepared, async ({ situation }) => next(situation) ?? 'end')
  return { ...played, people: people.map(({ name }) => name) }
}

/** Of whom some take part. */
async function crowd({ storage, trust }: Stage, random: Random): Promise<Person[]> {
  const [a, b] = [storage.repository('a'), storage.repository('b')]
  for (const bytes of [d1, d2]) {
    if (random.chance(0.6)) await a.uploads.put(digestOf(bytes), content(bytes))
    if (random.chance(0.6)) await b.uploads.put(digestOf(bytes), content(bytes))
  }
  if (random.chance(0.5)) {
    await a.uploads.put(digestOf(d1), content(d1))
    const { bytes, descriptor } = m1
    await a.manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['z'] })
    trust('a', descriptor.digest)
  }
  const sessions = [await a.uploads.create(), await a.uploads.create()] as const
  const [first, second] = sessions
  const policy = random.chance(0.5) ? untagged : {}
  const to = (tag?: string) => ({ repository: 'a', ...(tag === undefined ? {} : { tag }) })
  return [
    uploader(d1, 'a'),
    uploader(d2, 'b'),
    uploader(tiny, 'a'),
    uploader(large, 'a'),
    finalizer(first, d1, 'a'),
    finalizer(first, d1, 'a'),
    finalizer(first, random.pick([d2, large]), 'a'),
    patcher(second, random.pick([d1, large]), 'a', 3),
    patcher(second, d2, 'a'),
    canceller(random.pick(sessions), 'a'),
    oneRequest(d1, 'a'),
    oneRequest(random.pick([d1, d2]), 'b', { inlineBytes: 1000 }),
    mounter(d1, 'b', 'a'),
    pusher(m1, to('t')),
    pusher(twoBlobs, to('t')),
    pusher(m1, { repository: 'b', tag: 't' }),
    pusher(index, to('s')),
    pusher(referrer, to()),
    pusher(random.pick([ofTiny, ofLarge]), to('u')),
    manifestDeleter(m1, 'a'),
    tagDeleter('t', 'a'),
    blobDeleter(d1, 'a'),
    repositoryDeleter(random.pick(['a', 'b'])),
    collector('collect', policy),
    collectorTwice(policy),
    collector('collect in small batches', { batchSize: 1, ...policy }),
    janitor(),
    janitor('janitor 2'),
  ]
}
