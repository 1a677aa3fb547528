/**
 * A crowd over listings of more than one page: a session, a tag and a marker more than a LIST answers at once. The people
 * come while the janitor and a deletion are between two pages.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import { seeded } from '@tsreg/testkit'
import { randomMoves } from '../random-moves.ts'
import { content, keysOf } from '../repository-fixtures.ts'
import { d1, m1, m3 } from './contents.ts'
import { InvariantBroken } from './oracle.ts'
import { collector, finalizer, janitor, manifestDeleter, type Person, pusher, tagDeleter } from './people.ts'
import { type Ending, play, prepareScene, type Scene } from './play.ts'
import type { Walked } from './walk.ts'

const perPage = 1000
/** Looking at everything after each of thousands of moves would take minutes. */
const checkedMoves = 499

export async function walkPages(seed: number): Promise<Walked> {
  const random = seeded(seed)
  let people: readonly Person[] = []
  const tagAt = (number: number) => `t${String(number).padStart(4, '0')}`
  const scene: Scene = {
    name: `pages ${seed}`,
    about: 'listings of two pages',
    async prepare({ storage }) {
      const { uploads, manifests } = storage.repository('a')
      await uploads.put(digestOf(d1), content(d1))
      const { bytes, descriptor } = m1
      const tags = Array.from({ length: perPage + 1 }, (_, number) => tagAt(number))
      await manifests.put({ mediaType: descriptor.mediaType, bytes, tags })
      const sessions = []
      for (let made = 0; made <= perPage; made++) sessions.push(await uploads.create())
      people = random.shuffle([
        janitor(),
        manifestDeleter(m1, 'a'),
        pusher(m1, { repository: 'a', tag: tagAt(random.integer(0, perPage)) }),
        pusher(m3, { repository: 'a', tag: tagAt(perPage) }),
        tagDeleter(tagAt(random.integer(0, perPage)), 'a'),
        finalizer(random.pick(sessions), d1, 'a'),
        collector(),
      ])
      return () => people
    },
    atTheEnd: isCleared,
  }
  const next = randomMoves({ random, faults: 0 })
  let moves = 0
  const played = await play(
    await prepareScene(scene, random.chance(0.5)),
    async ({ situation }) => {
      moves++
      return next(situation) ?? 'end'
    },
    () => moves % checkedMoves === 0,
  )
  return { ...played, people: people.map(({ name }) => name) }
}

/** The janitor has seen every session, and the deletion every tag: what names the manifest was pushed after it. */
async function isCleared({ bucket, storage, outcomes, people }: Ending): Promise<void> {
  const pushed = people.flatMap((person, index) =>
    person.part === 'pusher' && outcomes[index] === undefined ? [person.tag] : [],
  )
  const { items } = await storage.repository('a').tags.list({ limit: perPage })
  const left = items.filter((tag) => !pushed.includes(tag))
  if (left.length > 0) throw new InvariantBroken(`I4: ${left.length} tags of a deleted manifest are left: ${left[0]}`)
  const sessions = await keysOf(bucket, 'u/')
  if (sessions.length > 0) throw new InvariantBroken(`I4: ${sessions.length} sessions are left`)
}
