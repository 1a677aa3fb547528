/**
 * Errors seeded into the specification: each takes one guard out, and a search of its scene must find what that breaks.
 * The names are those of the table in `../README.md`.
 * @module
 */

export interface Mutation {
  readonly name: string
  /** Scene with its variant. */
  readonly scene: string
  readonly switches: Readonly<Record<string, number>>
}

const mutation = (name: string, scene: string, switches: Mutation['switches'] = {}): Mutation => ({
  name,
  scene,
  switches,
})

export const mutations: readonly Mutation[] = [
  mutation('v2: pointer tombstones physically removed', 'v2:tomb-jan'),
  mutation('v2: upload in one request uses a session key again', 'v2:one-reuse'),
  mutation('trash entry dropped while its tombstone may be in flight', 'gc-delay', { dropUnsure: 1 }),
  mutation('post-check M4 removed', 'push-gc', { noM4: 1 }),
  mutation('live published without `new`, session checked afterwards', 'up-jan', { directLive: 1 }),
  mutation('session fence c2 removed', 'up-jan', { noFence: 1 }),
  mutation('G2 re-mark removed', 'push-gc', { noRemark: 1 }),
  mutation('janitor deletes without X1', 'up-jan', { janNoFence: 1 }),
  mutation('v2: janitor deletes without X1', 'v2:up-jan', { janNoFence: 1 }),
  mutation('cond taken for live, no rescue', 'push-gc', { noRescue: 1 }),
  mutation('G3 reads the version again after G2', 'push-gc-gc', { g3Reread: 1 }),
  mutation('M3 skips the write when the manifest is there', 'm3-skip', { m3Skip: 1 }),
  mutation('no M5b, untagged policy', 'untagged-gc', { tagPost: 0 }),
  mutation('no M5b, new tag for an old manifest', 'retag-gc', { tagPost: 0 }),
  mutation('no M5b, index', 'index-gc', { tagPost: 0 }),
  mutation('manifest DELETE clears tags without reading the manifest again', 'push-del', { delRecheck: 0 }),
  mutation('M5 skips the write when the tag is right', 'push-del', { tagSkip: 1, tagPost: 0 }),
  mutation('failing M4 tombstones a manifest that was there before', 'delblob', { m4keepOld: 0 }),
  mutation('GC deletes bytes without fencing their session', 'up-gc', { sweepFence: 0 }),
  mutation('v2: GC deletes bytes without fencing their session', 'v2:up-gc', { sweepFence: 0 }),
  mutation('fence after the tombstone, session gone means delete', 'up-gc', { sweepFence: 3 }),
  mutation('v2: fence after the tombstone', 'v2:same-session-gc', { sweepFence: 2 }),
  mutation('bytes written with a plain PUT', 'poison', { dataCreate: 0 }),
  mutation('v2: bytes written with a plain PUT', 'v2:poison', { dataCreate: 0 }),
  mutation('janitor rolls forward on a session read before the pointer', 'jan-order', { janitorOrder: 0 }),
  mutation('v2: pointer read before the session', 'v2:base-order', { v2Order: 1 }),
  mutation('trash entry dropped while the pointer is cond', 'gc-gc-crash', { trashKeepCond: 0 }),
  mutation('no trash list', 'gc-gc-crash', { trash: 0 }),
  mutation('no pointer check after the link', 'timed-up-gc', { linkPost: 0 }),
  mutation('session created by a request that may be made twice', 'v2:up-jan-twice', { once: 0 }),
  mutation('DELETE of a repository does not look again after the marker is gone', 'v2:mount-push-repo-del', {
    repoNoSecondLook: 1,
  }),
  mutation('DELETE of a repository buries links without a look at the manifests', 'v2:push-repo-del', {
    repoNoLook: 1,
  }),
  mutation('`new` cells never collected', 'up-jan', { gcNew: 0 }),
]
