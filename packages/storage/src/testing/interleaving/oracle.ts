/**
 * The oracle: it sees everything that takes place in the bucket, knows what was acknowledged and who deleted what, and
 * tells when an invariant of the storage protocol (design section 5) breaks. It judges as the specification in test/model
 * does, whose names for what it remembers are in brackets.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import { childrenOf, parseManifest } from '@tsreg/oci/image'
import type { Bucket, Cell } from '../../bucket/index.ts'
import { cellsOf, isTombstone } from '../../cells.ts'
import type { ManifestHeader } from '../../manifest-cell.ts'
import { linkKey, manifestKey, pointerKey, tagKey } from '../../paths.ts'
import type { TagHeader } from '../../tag-cell.ts'
import type { SessionHeader } from '../../upload-session.ts'
import type { Waiting } from '../interleaver.ts'
import { brokenPointers, missingMarker } from '../invariants.ts'
import type { Part } from './people.ts'

export class InvariantBroken extends Error {}

export interface Oracle {
  /** Around every operation of a process. */
  around<T>(part: Part, waiting: Waiting, call: () => Promise<T>): Promise<T>
  /** The process succeeded. */
  acknowledge(part: Part, process: number): Promise<void>
  /** The manifest was acknowledged before the play began. */
  trust(repository: string, digest: Digest): Promise<void>
  /** @throws InvariantBroken */
  check(): Promise<void>
  /** True for bytes that came after their session was discarded: only fsck finds those. */
  isLate(key: string): boolean
  /** Everything remembered, as text: part of what distinguishes two states. */
  state(): string
}

export interface OracleOptions {
  readonly shared: Bucket
  /** Ticks so far; absent: no clock. */
  readonly clock?: () => number
}

export function oracle({ shared, clock }: OracleOptions): Oracle {
  /** [am] Manifest cells that must stay, with the cells they need. */
  const acknowledged = new Map<string, readonly string[]>()
  /** [dg] How often clients deleted a manifest. */
  const deletes = new Map<string, number>()
  /** [ld] Links that clients deleted. */
  const deletedLinks = new Set<string>()
  /** [gen] Deletes before the latest M3 of a process, of its manifest. */
  const generationOfPush = new Map<number, number>()
  /** Manifests that policy took, and processes that had written theirs before. */
  const taken = new Map<number, string>()
  /** A process wrote its markers: what it writes to its manifest next is M3 and no rescue. */
  const atM3 = new Set<number>()
  /** [kt] Tags removed by clean-up, with the deletes of their manifest at that time. */
  const removedTags = new Map<string, number>()
  /** [ta] Tags whose push was acknowledged. */
  const acknowledgedTags = new Map<string, string>()
  /** [ab] Pointers of acknowledged blobs, with the tick at which the process had to do with them last. */
  const readable = new Map<string, number>()
  const looked = new Map<number, number>()
  /** [late] */
  const late = new Set<string>()

  let failure: InvariantBroken | undefined

  const deletesOf = (cell: string) => deletes.get(cell) ?? 0

  /** Also remembered: what an operation throws, its process may take for a failure of the store. */
  function broken(message: string): never {
    failure ??= new InvariantBroken(message)
    throw failure
  }

  async function wrote(part: Part, process: number, key: string, before: Cell | undefined): Promise<void> {
    const now = await shared.read(key)
    const isDead = now === undefined || isTombstone(now)
    if (key.startsWith('g/')) atM3.add(process)
    else if (key.startsWith('l/') && isDead && part.part === 'deleter') deletedLinks.add(key)
    else if (key.startsWith('m/')) wroteManifest(part, process, key, isDead)
    else if (key.startsWith('t/')) wroteTag(part, key, { before, now: isDead ? undefined : now })
  }

  function wroteManifest(part: Part, process: number, key: string, isDead: boolean): void {
    if (isDead) {
      if (part.part === 'manifest deleter' || part.part === 'repository deleter') {
        deletes.set(key, deletesOf(key) + 1)
        acknowledged.delete(key)
      } else if (part.part === 'collector') {
        if (![...acknowledgedTags.values()].includes(key)) acknowledged.delete(key)
        for (const pusher of generationOfPush.keys()) taken.set(pusher, key)
      }
    } else if (part.part === 'pusher' && key === manifestKey(part.repository, part.digest)) {
      if (part.tag === undefined || atM3.delete(process)) {
        generationOfPush.set(process, deletesOf(key))
        taken.delete(process)
      }
    }
  }

  function wroteTag(
    part: Part,
    key: string,
    { before, now }: { readonly before: Cell | undefined; readonly now: Cell | undefined },
  ): void {
    const wasAcknowledged = acknowledgedTags.get(key)
    acknowledgedTags.delete(key)
    if (now !== undefined) {
      removedTags.delete(key)
      return
    }
    if (before === undefined || isTombstone(before)) return
    if (part.part !== 'manifest deleter' && part.part !== 'collector') return
    const cell = `m/${key.split('/')[1]}/${headerOf<TagHeader>(before).digest.replace(':', '/')}`
    if (wasAcknowledged === cell && acknowledged.has(cell)) broken(`I3: clean-up removed the acknowledged tag ${key}`)
    removedTags.set(key, deletesOf(cell))
  }

  async function noteLateBytes(key: string): Promise<void> {
    const [, , name = ''] = key.split('/')
    const { header } = await cellsOf(shared).read<SessionHeader>(`u/${name.split('.')[0]}`)
    const isOver = header === undefined || header.st === 'discard'
    // Of several objects of a session one is published, and who publishes it looks for the others once.
    if (isOver || (header.st === 'commit' && header.key !== key)) late.add(key)
  }

  /** The cells that must be there for the manifest to be good. */
  async function needsOf(repository: string, key: string): Promise<readonly string[]> {
    const { header, payload } = await cellsOf(shared).read<ManifestHeader>(key)
    if (header === undefined) return []
    const manifest = parseManifest(payload, header.mediaType)
    const children = childrenOf(manifest)
    if (manifest.kind !== 'index')
      return children.flatMap(({ digest }) => [pointerKey(digest), linkKey(repository, digest)])
    // Children of an index may be missing; those that somebody else's push left are kept.
    return children.map(({ digest }) => manifestKey(repository, digest)).filter((cell) => acknowledged.has(cell))
  }

  async function hasTrustedSubject(cell: string): Promise<boolean> {
    for (const subject of acknowledged.keys()) {
      const [, repository, algorithm, hex] = subject.split('/')
      const marker = `s/${repository}/${algorithm}/${hex}/${cell.split('/').slice(2).join('/')}`
      if ((await shared.read(marker)) !== undefined) return true
    }
    return false
  }

  async function isUp(key: string): Promise<boolean> {
    const cell = await shared.read(key)
    return cell !== undefined && !isTombstone(cell)
  }

  return {
    async around(part, { process, operation }, call) {
      const { keys, isWrite, name } = operation
      if (clock !== undefined && part.part === 'uploader') {
        const own = [pointerKey(part.digest), linkKey(part.repository, part.digest)]
        if (keys.some((key) => own.includes(key))) looked.set(process, clock())
      }
      if (!isWrite) {
        const isManifest = part.part === 'pusher' && keys[0] === manifestKey(part.repository, part.digest)
        if (isManifest && !generationOfPush.has(process)) generationOfPush.set(process, deletesOf(keys[0] ?? ''))
        return await call()
      }
      const watched = keys.filter((key) => /^[tmgl]\//.test(key))
      const before = new Map(await Promise.all(watched.map(async (key) => [key, await shared.read(key)] as const)))
      for (const key of keys) if (key.startsWith('d/') && name !== 'delete') await noteLateBytes(key)
      const result = await call()
      for (const key of watched) {
        const now = await shared.read(key)
        if (now?.etag !== before.get(key)?.etag || key.startsWith('g/'))
          await wrote(part, process, key, before.get(key))
      }
      return result
    },

    async acknowledge(part, process) {
      // From f4 or f5 on, because cleaning up comes before the reply: half the grace must be enough for it.
      const since = looked.get(process)
      if (part.part === 'uploader' && since !== undefined) readable.set(pointerKey(part.digest), since)
      if (part.part !== 'pusher') return
      const { repository, digest, tag } = part
      const cell = manifestKey(repository, digest)
      const generation = generationOfPush.get(process)
      const key = tag === undefined ? undefined : tagKey(repository, tag)
      const named = key === undefined ? undefined : await shared.read(key)
      const isDead = named === undefined || isTombstone(named)
      if (key !== undefined && isDead && removedTags.get(key) === generation) {
        broken(`I3: ${key} was acknowledged after clean-up removed it`)
      }
      const namesIt = !isDead && headerOf<TagHeader>(named).digest === digest
      // The tag was moved or deleted meanwhile, or there is none: policy may take the manifest.
      const isLeft = key === undefined ? taken.get(process) === cell && !(await hasTrustedSubject(cell)) : !namesIt
      if (!isLeft && deletesOf(cell) === generation) acknowledged.set(cell, await needsOf(repository, cell))
      if (key !== undefined && namesIt && acknowledged.has(cell)) acknowledgedTags.set(key, cell)
    },

    async trust(repository, digest) {
      const cell = manifestKey(repository, digest)
      acknowledged.set(cell, await needsOf(repository, cell))
    },

    async check() {
      if (failure !== undefined) throw failure
      const [pointer] = await brokenPointers(shared)
      if (pointer !== undefined) broken(`I2: ${pointer}`)
      for (const [cell, needs] of acknowledged) {
        if (!(await isUp(cell))) broken(`I1: the acknowledged manifest ${cell} is gone`)
        for (const need of needs) {
          if ((await isUp(need)) || deletedLinks.has(need) || deletes.has(need)) continue
          broken(`I1: the acknowledged manifest ${cell} needs ${need}, which is gone`)
        }
      }
      for (const [key, since] of readable) {
        if (clock === undefined || clock() - since >= 1) continue
        if (!(await isUp(key))) broken(`I5: acknowledged at tick ${since}, at tick ${clock()} ${key} is gone`)
      }
      const marker = await missingMarker(shared)
      if (marker !== undefined) broken(`I4: ${marker} is missing, and what it leads to is there`)
    },

    isLate: (key) => late.has(key),

    state: () =>
      JSON.stringify([
        [...acknowledged.keys()].sort(),
        [...deletes].sort(),
        [...deletedLinks].sort(),
        [...generationOfPush].sort(),
        [...taken].sort(),
        [...removedTags].sort(),
        [...acknowledgedTags].sort(),
        [...readable].sort(),
        clock === undefined ? [] : [...looked].sort(),
        [...late].sort(),
      ]),
  }
}

function headerOf<H>({ body }: Cell): H {
  return JSON.parse(Buffer.from(body).toString().split('\n')[0] ?? '') as H
}
