/**
 * The mutations of the specification that have a counterpart in the code: which patch it is, and which scenes must fail.
 * The table in README.md is this one.
 * @module
 */

export interface CodeMutation {
  /** Name of the mutation, as in `spec/mutations.ts`; of others, what is broken. */
  readonly name: string
  /** Under test/mutants, without its ending. */
  readonly patch: string
  readonly scene: string
  /** Options of `play.ts`: errors that need many switches are looked for where they are. @default none */
  readonly options?: readonly string[]
}

const row = (name: string, patch: string, scene: string, ...options: readonly string[]): CodeMutation => ({
  name,
  patch,
  scene,
  options,
})

export const codeMutations: readonly CodeMutation[] = [
  row(
    'v2: pointer tombstones physically removed',
    'storage/pointer-tombstones-that-stay',
    'up-jan',
    '--conditional-delete',
  ),
  row('v2: upload in one request uses a session key again', 'protocol/a-fresh-session-for-each-request', 'one-one-gc'),
  row(
    'trash entry dropped while its tombstone may be in flight',
    'protocol/the-trash-of-unknown-tombstones',
    'gc-delay',
  ),
  row('post-check M4 removed', 'storage/m4-the-post-check', 'push-gc'),
  row(
    'live published without `new`, session checked afterwards',
    'protocol/the-fence-before-the-commit-point',
    'up-jan',
  ),
  row('session fence c2 removed', 'protocol/the-fence-of-the-session', 'up-jan'),
  row('G2 re-mark removed', 'protocol/the-second-mark', 'push-gc'),
  row('janitor deletes without X1', 'storage/the-fence-of-rule-x', 'up-jan'),
  row('cond taken for live, no rescue', 'storage/the-rescue-by-a-manifest', 'push-gc'),
  row(
    'G3 reads the version again after G2',
    'protocol/the-version-before-the-second-mark',
    'push-gc-gc',
    '--preemptions=3',
    '--leave-before=^(read|put) b',
  ),
  row('M3 skips the write when the manifest is there', 'storage/m3-always-writes', 'm3-skip'),
  row('no M5b, untagged policy', 'storage/m5b-the-manifest-after-the-tag', 'untagged-gc'),
  row('no M5b, new tag for an old manifest', 'storage/m5b-the-manifest-after-the-tag', 'retag-gc'),
  row('no M5b, index', 'storage/m5b-the-manifest-after-the-tag', 'index-gc'),
  row(
    'manifest DELETE clears tags without reading the manifest again',
    'storage/the-manifest-after-the-tag-on-delete',
    'push-del',
  ),
  row('M5 skips the write when the tag is right', 'storage/m5-always-writes', 'push-del'),
  row('failing M4 tombstones a manifest that was there before', 'storage/m4-takes-back-only-its-own', 'delblob'),
  row('GC deletes bytes without fencing their session', 'protocol/the-fence-of-the-collector', 'same-session-gc'),
  row(
    'v2: fence after the tombstone',
    'protocol/the-fence-before-the-tombstone',
    'same-session-gc',
    '--preemptions=4',
    '--leave-before=^(put b|read u|delete)',
  ),
  row('v2: bytes written with a plain PUT', 'storage/bytes-are-created-not-replaced', 'poison'),
  row('v2: pointer read before the session', 'storage/the-session-before-the-pointer', 'base-order'),
  row('trash entry dropped while the pointer is cond', 'protocol/the-trash-of-condemned-pointers', 'gc-gc-crash'),
  row('no trash list', 'protocol/the-list-of-trash', 'gc-gc-crash'),
  row(
    'no pointer check after the link',
    'protocol/the-pointer-after-the-link-of-a-duplicate',
    'timed-up-gc',
    '--leave-before=^(read|put) l',
  ),
  row('session created by a request that may be made twice', 'protocol/the-one-request-of-a-creation', 'up-jan'),
  row(
    'DELETE of a repository does not look again after the marker is gone',
    'protocol/the-second-look-of-a-deletion',
    'mount-push-repo-del',
  ),
  row(
    'DELETE of a repository buries links without a look at the manifests',
    'protocol/the-look-at-manifests-before-links',
    'push-repo-del',
  ),
  // Guards that the specification has no mutation of.
  row('the base is left to an uploader that paused', 'storage/the-base-taken-by-rule-x', 'up-jan'),
  row('rule X deletes what a pointer names', 'storage/the-bytes-that-a-pointer-names', 'up-jan'),
  row('trash is emptied without a look at the pointer', 'protocol/the-pointer-before-the-bytes', 'gc-delay'),
  row('a late uploader deletes what others published', 'storage/the-own-bytes-of-a-late-uploader', 'parts-parts'),
]
