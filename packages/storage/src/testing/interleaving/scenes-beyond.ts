/**
 * Scenes of what the specification leaves out: PATCH and parts, several objects of one session, conditions of clients.
 * @module
 */
import { digestOf, isOciError } from '@tsreg/oci'
import { content } from '../repository-fixtures.ts'
import { d1, d2, large, m1, m3 } from './contents.ts'
import { canceller, collector, finalizer, janitor, patcher, pusher } from './people.ts'
import type { Ending, Scene } from './play.ts'
import { onSession } from './scenes-of-blobs.ts'

export const scenesBeyond: readonly Scene[] = [
  onSession(
    'patch-patch',
    'two clients PATCH one session with different bytes and close it',
    (session) => [patcher(session, d1, 'a'), patcher(session, d2, 'a')],
    { faults: { lost: 1 }, preemptions: 3 },
  ),
  onSession('patch-jan', 'PATCHes, janitor', (session) => [patcher(session, d1, 'a', 3), janitor()], {
    faults: { crash: 1, lost: 1 },
    preemptions: 3,
  }),
  onSession(
    'parts-jan',
    'an upload of parts in PATCHes, janitor',
    (session) => [patcher(session, large, 'a'), janitor()],
    { faults: { crash: 1, lost: 1 } },
  ),
  onSession(
    'parts-parts',
    'two closing requests of one session, different bytes, one of parts',
    (session) => [finalizer(session, large, 'a'), finalizer(session, d1, 'a')],
    { faults: { lost: 1 }, preemptions: 3 },
  ),
  onSession('parts-cancel-gc', 'an upload of parts, cancelled, collector', (session) => [
    finalizer(session, large, 'a'),
    canceller(session, 'a'),
    collector(),
  ]),
  {
    name: 'lease',
    about: 'push, two collectors that respect each other, one of which dies',
    faults: { crash: 1, lost: 1 },
    async prepare({ storage }) {
      await storage.repository('a').uploads.put(digestOf(d1), content(d1))
      const polite = { ignoreLease: false }
      return () => [
        pusher(m1, { repository: 'a', tag: 't' }),
        collector('collect', polite),
        collector('collect 2', polite),
      ]
    },
  },
  {
    name: 'create-only',
    about: 'two pushes of different manifests under one tag that must not exist: one wins, the other is told',
    preemptions: 4,
    async prepare({ storage }) {
      for (const blob of [d1, d2]) await storage.repository('a').uploads.put(digestOf(blob), content(blob))
      const condition = { repository: 'a', tag: 't', ifNoneMatch: ['*'] }
      return () => [pusher(m1, condition), pusher(m3, condition)]
    },
    atTheEnd: (ending) => oneWins(ending),
  },
  {
    name: 'move-if',
    about: 'two moves of one tag that both name what it is: one wins, the other is told',
    preemptions: 4,
    async prepare({ storage }) {
      const { uploads, manifests } = storage.repository('a')
      for (const blob of [d1, d2]) await uploads.put(digestOf(blob), content(blob))
      const { bytes, descriptor } = m1
      await manifests.put({ mediaType: descriptor.mediaType, bytes, tags: ['t'] })
      const condition = { repository: 'a', tag: 't', ifMatch: [descriptor.digest] }
      return () => [pusher(m3, condition), pusher(m3, { ...condition, tag: 't' })]
    },
    atTheEnd: (ending) => oneWins(ending),
  },
]

/** Invariant 3. */
async function oneWins({ outcomes, storage }: Ending): Promise<void> {
  const losers = outcomes.filter((outcome) => outcome !== undefined)
  const told = losers.filter((outcome) => isOciError(outcome, 'PRECONDITION_FAILED'))
  if (losers.length !== 1 || told.length !== 1) {
    throw new Error(`I3: of two conditional pushes ${losers.length} failed, ${told.length} with PRECONDITION_FAILED`)
  }
  await storage.repository('a').tags.resolve('t')
}
