/**
 * Scenes of the specification in which manifests and tags are pushed, moved, deleted and kept.
 * @module
 */
import { digestOf, isOciError } from '@tsreg/oci'
import type { Content } from '@tsreg/testkit'
import { cellsOf } from '../../cells.ts'
import { catalogKey, manifestKey, pointerKey } from '../../paths.ts'
import { content } from '../repository-fixtures.ts'
import { d1, d2, index, m1, m3, referrer, twoBlobs } from './contents.ts'
import { InvariantBroken } from './oracle.ts'
import {
  blobDeleter,
  collector,
  manifestDeleter,
  mounter,
  type Person,
  pusher,
  repositoryDeleter,
  tagDeleter,
  untagged,
  uploader,
} from './people.ts'
import type { Ending, Scene, Stage } from './play.ts'

const push = (what: Content, tag?: string) => pusher(what, { repository: 'a', ...(tag === undefined ? {} : { tag }) })

interface Before {
  readonly blobs?: readonly Uint8Array[]
  /** Repository of the blobs. @default 'a' */
  readonly repository?: string
  /** They were acknowledged. */
  readonly manifests?: readonly (readonly [Content, tag: string | undefined])[]
}

/** A scene on a store that holds something old. */
function after(
  before: Before,
  name: string,
  about: string,
  cast: () => readonly Person[],
  more: Partial<Scene> = {},
): Scene {
  return {
    name,
    about,
    prepare: async (stage) => {
      await fill(stage, before)
      return cast
    },
    ...more,
  }
}

async function fill(
  { storage, trust }: Stage,
  { blobs = [d1], repository = 'a', manifests = [] }: Before,
): Promise<void> {
  const { uploads, manifests: store } = storage.repository(repository)
  for (const bytes of blobs) await uploads.put(digestOf(bytes), content(bytes))
  for (const [{ bytes, descriptor }, tag] of manifests) {
    await store.put({ mediaType: descriptor.mediaType, bytes, tags: tag === undefined ? [] : [tag] })
    trust(repository, descriptor.digest)
  }
}

const oldBlob: Before = {}
const tagged: Before = { manifests: [[m1, 't']] }
const child: Before = { manifests: [[m1, undefined]] }
const faults = { crash: 1, lost: 1 }

export const manifestScenes: readonly Scene[] = [
  after(oldBlob, 'push-gc', 'push of a manifest whose blob is old, collector', () => [push(m1, 't'), collector()], {
    faults,
  }),
  after(oldBlob, 'push-gc-gc', 'push, two collectors', () => [push(m1, 't'), collector(), collector('collect 2')]),
  after(oldBlob, 'push-push-gc', 'two pushes of one manifest, collector', () => [
    push(m1, 't'),
    push(m1, 's'),
    collector(),
  ]),
  after(oldBlob, 'up-push-gc', 'upload, push, collector', () => [uploader(d1, 'a'), push(m1), collector()]),
  after({ blobs: [d1, d2] }, 'push2-gc', 'manifest of two blobs, collector', () => [push(twoBlobs, 't'), collector()], {
    faults: { crash: 1 },
  }),
  after(
    tagged,
    'push-del',
    'push with a tag, delete of the same manifest',
    () => [push(m1, 't'), manifestDeleter(m1, 'a')],
    { faults, preemptions: 3 },
  ),
  after(tagged, 'push-del-gc', 'push with a tag, delete of the manifest, collector', () => [
    push(m1, 't'),
    manifestDeleter(m1, 'a'),
    collector(),
  ]),
  after({ blobs: [d1, d2] }, 'tags', 'two pushes to one tag, delete of the tag', () => [
    push(m1, 't'),
    push(m3, 't'),
    tagDeleter('t', 'a'),
  ]),
  after(tagged, 'delblob', 'two pushes of one manifest, delete of its blob', () => [
    push(m1, 's'),
    push(m1, 't'),
    blobDeleter(d1, 'a'),
  ]),
  after({ repository: 'b' }, 'mount-gc', 'mount, push in the other repository, collector', () => [
    mounter(d1, 'b', 'a'),
    push(m1, 't'),
    collector(),
  ]),
  after(oldBlob, 'untagged-gc', 'push with a tag, collector of untagged manifests', () => [
    push(m1, 't'),
    collector('collect', untagged),
  ]),
  after(
    { manifests: [[m1, 'z']] },
    'retag-gc',
    'new tag for an old manifest, delete of the old tag, collector of untagged manifests',
    () => [push(m1, 'a'), tagDeleter('z', 'a'), collector('collect', untagged)],
  ),
  after(child, 'index-gc', 'index over an old untagged manifest, collector of untagged manifests', () => [
    push(index, 't'),
    collector('collect', untagged),
  ]),
  after(child, 'index-gc-gc', 'the same, two collectors', () => [
    push(index, 't'),
    collector('collect', untagged),
    collector('collect 2', untagged),
  ]),
  after(
    { blobs: [d1, d2], manifests: [[m1, 't']] },
    'referrer-gc',
    'referrer of an old tagged manifest, collector of untagged manifests',
    () => [push(referrer), collector('collect', untagged)],
  ),
  {
    name: 'm3-skip',
    about: 'two pushes of one manifest while its dead blob is uploaded again',
    preemptions: 3,
    prepare: async (stage) => {
      // Of another manifest, so that the repository is there and a push does not look before it writes.
      await fill(stage, { blobs: [d1, d2], manifests: [[m3, 'o']] })
      const cells = cellsOf(stage.bucket)
      const { header, version } = await cells.read<{ readonly key: string }>(pointerKey(digestOf(d1)))
      if (header === undefined) throw new Error('the blob was just pushed')
      await cells.entomb(pointerKey(digestOf(d1)), version)
      await stage.bucket.delete(header.key)
      return () => [push(m1), push(m1), uploader(d1, 'a')]
    },
  },
  after(
    { manifests: [[m1, 'c']] },
    'ix-child',
    'push of an index while its child is deleted, collector of untagged manifests',
    () => [push(index, 't'), manifestDeleter(m1, 'a'), collector('collect', untagged)],
  ),
  after(
    { manifests: [[m1, 't']] },
    'push-repo-del',
    'push with a tag, delete of the repository',
    () => [push(m1, 't'), repositoryDeleter('a')],
    { faults, atTheEnd: isListed },
  ),
  {
    name: 'mount-push-repo-del',
    about: 'mount, push of its manifest, delete of the repository',
    atTheEnd: isListed,
    prepare: async (stage) => {
      await fill(stage, {})
      await fill(stage, { repository: 'b' })
      await stage.bucket.put(catalogKey('a'), new Uint8Array(0))
      return () => [mounter(d1, 'b', 'a'), push(m1, 't'), repositoryDeleter('a')]
    },
  },
  after(
    oldBlob,
    'push-repo-del-gc',
    'push with a tag, delete of the repository, collector',
    () => [push(m1, 't'), repositoryDeleter('a'), collector()],
    { atTheEnd: isListed },
  ),
  after(oldBlob, 'gc-delay', 'collector whose writes may come late, push', () => [collector(), push(m1, 't')], {
    faults: { lost: 2 },
    preemptions: 1,
  }),
  after(
    oldBlob,
    'timed-push-gc',
    'push, collector, clock',
    () => [push(m1, 't'), collector('collect', { graceMs: 2000 })],
    { timed: true, faults: { tick: 3 } },
  ),
]

/** Invariant 6, unless the deletion was cut off: then it is done again, or fsck writes the marker. */
async function isListed({ bucket, outcomes, people }: Ending): Promise<void> {
  const deletion = outcomes[people.findIndex(({ part }) => part === 'repository deleter')]
  if (deletion !== undefined && !isOciError(deletion, 'NAME_UNKNOWN')) return
  for (const [index, person] of people.entries()) {
    if (person.part !== 'pusher' || outcomes[index] !== undefined) continue
    const { header } = await cellsOf(bucket).read(manifestKey('a', person.digest))
    if (header === undefined || (await bucket.read(catalogKey('a'))) !== undefined) continue
    throw new InvariantBroken(`I6: ${person.digest} was acknowledged, and its repository is not in the catalog`)
  }
}
