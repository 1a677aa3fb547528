/**
 * Scenes of the specification in which blobs are uploaded, cancelled and cleared away.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import { cellsOf } from '../../cells.ts'
import { dataKey, sessionKey } from '../../paths.ts'
import type { SessionHeader } from '../../upload-session.ts'
import { content } from '../repository-fixtures.ts'
import { d1, d2, m1, tiny } from './contents.ts'
import {
  canceller,
  collector,
  collectorTwice,
  finalizer,
  janitor,
  oneRequest,
  type Person,
  pusher,
  uploader,
} from './people.ts'
import type { Scene, Stage } from './play.ts'

/** A scene on an empty store. */
function empty(name: string, about: string, cast: () => readonly Person[], more: Partial<Scene> = {}): Scene {
  return { name, about, prepare: async () => cast, ...more }
}

/** A scene that begins with an open session. */
export function onSession(
  name: string,
  about: string,
  cast: (session: { readonly id: string }) => readonly Person[],
  more: Partial<Scene> = {},
): Scene {
  return {
    name,
    about,
    async prepare({ storage }) {
      const session = await storage.repository('a').uploads.create()
      return () => cast(session)
    },
    ...more,
  }
}

const faults = { crash: 1, lost: 1 }

export const blobScenes: readonly Scene[] = [
  empty('up-jan', 'one upload, janitor', () => [uploader(d1, 'a'), janitor()], { faults }),
  empty('up-gc', 'one upload, collector', () => [uploader(d1, 'a'), collectorTwice()], { faults }),
  empty('up-gc-jan', 'upload, collector, janitor', () => [uploader(d1, 'a'), collector(), janitor()], {
    faults: { crash: 1 },
  }),
  empty('up-up', 'two uploads of one blob', () => [uploader(d1, 'a'), uploader(d1, 'a')], { preemptions: 3 }),
  empty('up-up-jan', 'two uploads of one blob, janitor', () => [uploader(d1, 'a'), uploader(d1, 'a'), janitor()], {
    faults: { crash: 1 },
  }),
  empty('up-up-gc', 'two uploads of one blob, collector', () => [uploader(d1, 'a'), uploader(d1, 'a'), collector()]),
  empty('up-up-jan-jan', 'two uploads, two janitors', () => [
    uploader(d1, 'a'),
    uploader(d1, 'a'),
    janitor(),
    janitor('janitor 2'),
  ]),
  onSession(
    'same-session',
    'two closing requests of one session, the same bytes',
    (session) => [finalizer(session, d1, 'a'), finalizer(session, d1, 'a')],
    { faults, preemptions: 3 },
  ),
  onSession('same-session-jan', 'the same, janitor', (session) => [
    finalizer(session, d1, 'a'),
    finalizer(session, d1, 'a'),
    janitor(),
  ]),
  onSession('same-session-gc', 'the same, collector', (session) => [
    finalizer(session, d1, 'a'),
    finalizer(session, d1, 'a'),
    collectorTwice(),
  ]),
  onSession(
    'poison',
    'two closing requests of one session, different bytes',
    (session) => [finalizer(session, d1, 'a'), finalizer(session, d2, 'a')],
    { faults: { lost: 1 }, preemptions: 4 },
  ),
  {
    name: 'jan-order',
    about: 'a session whose commit was cut off before the pointer, its client again, two janitors',
    prepare: async (stage) => {
      const session = await cutOff(stage)
      return () => [finalizer(session, d1, 'a'), janitor(), janitor('janitor 2')]
    },
  },
  {
    name: 'base-order',
    about: 'a session whose commit was cut off, two closing requests of another one with the same bytes, janitor',
    preemptions: 4,
    prepare: async (stage) => {
      await cutOff(stage)
      const session = await stage.storage.repository('a').uploads.create()
      await session.append(content(d1))
      return () => [finalizer(session, d1, 'a'), finalizer(session, d1, 'a'), janitor()]
    },
  },
  empty('one-gc', 'upload in one request, collector', () => [oneRequest(d1, 'a'), collectorTwice()], { faults }),
  empty('one-jan', 'upload in one request, janitor', () => [oneRequest(d1, 'a'), janitor()], { faults }),
  empty('one-one-gc', 'two uploads in one request of one blob, collector', () => [
    oneRequest(d1, 'a'),
    oneRequest(d1, 'a'),
    collectorTwice(),
  ]),
  empty('one-one-gc-jan', 'two uploads in one request of one blob, collector, janitor', () => [
    oneRequest(d1, 'a'),
    oneRequest(d1, 'a'),
    collector(),
    janitor(),
  ]),
  empty('one-up-jan', 'upload in one request and on a session of one blob, janitor', () => [
    oneRequest(d1, 'a'),
    uploader(d1, 'a'),
    janitor(),
  ]),
  empty('all3', 'upload, push of its manifest, collector, janitor', () => [
    uploader(d1, 'a'),
    pusher(m1, { repository: 'a', tag: 't' }),
    collector(),
    janitor(),
  ]),
  onSession(
    'cancel',
    'upload, cancelled, collector',
    (session) => [finalizer(session, d1, 'a'), canceller(session, 'a'), collectorTwice()],
    { faults: { crash: 1 } },
  ),
  empty('inline-gc', 'inline blob, collector', () => [oneRequest(tiny, 'a'), collector()], { faults, preemptions: 4 }),
  empty('inline-mixed', 'one blob inline by one replica, in an object by another, collector', () => [
    oneRequest(d1, 'a', { inlineBytes: 1000 }),
    uploader(d1, 'a'),
    collector(),
  ]),
  {
    name: 'gc-gc-crash',
    about: 'an old blob, two collectors, one of which dies',
    faults,
    prepare: async ({ storage }) => {
      await storage.repository('a').uploads.put(digestOf(d1), content(d1))
      return () => [collector(), collector('collect 2')]
    },
  },
  {
    name: 'timed-up-gc',
    about: 'upload of a blob that is there, collector, clock',
    timed: true,
    faults: { tick: 3 },
    prepare: async ({ storage }) => {
      await storage.repository('a').uploads.put(digestOf(d1), content(d1))
      return () => [uploader(d1, 'a'), collector('collect', { graceMs: 2000 })]
    },
  },
]

/** A session in `commit`, with its bytes, and the absence of the pointer as its base. */
async function cutOff({ storage, bucket }: Stage): Promise<{ readonly id: string }> {
  const session = await storage.repository('a').uploads.create()
  const key = dataKey(session.id)
  const digest = digestOf(d1)
  await bucket.write(key, content(d1), { metadata: { digest }, ifAbsent: true })
  const cells = cellsOf(bucket)
  const { header, version } = await cells.read<SessionHeader>(sessionKey(session.id))
  if (header === undefined) throw new Error('the session was just created')
  const committed: SessionHeader = { ...header, st: 'commit', digest, key, size: d1.byteLength, base: null }
  await cells.write({ key: sessionKey(session.id), version, header: committed })
  return session
}
