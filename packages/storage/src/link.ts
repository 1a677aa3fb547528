/**
 * Links: the cell that lets a repository read a blob.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { CellState } from './cells.ts'
import { contention, isStale, maxTurns, type StorageContext } from './context.ts'
import { linkKey } from './paths.ts'

export interface LinkHeader {
  readonly st: 'live' | 'cond'
}

export interface LinkTarget {
  readonly repository: string
  readonly digest: Digest
}

export function readLink(context: StorageContext, { repository, digest }: LinkTarget, options?: OperationOptions) {
  return context.cells.read<LinkHeader>(linkKey(repository, digest), options)
}

/**
 * f4: creates, touches or rescues the link.
 * @param expected what the caller thinks is there: of a new blob nothing, and creating without reading saves a request.
 * `unknown`: a link that this process did not see before is taken for absent.
 */
export async function writeLink(
  context: StorageContext,
  target: LinkTarget,
  expected: 'absent' | 'present' | 'unknown',
  options?: OperationOptions,
): Promise<void> {
  const key = linkKey(target.repository, target.digest)
  const isSeen = seenBefore(context, key)
  const isNew = expected === 'absent' || (expected === 'unknown' && !isSeen)
  if (isNew && (await swap(context, target, { version: undefined }, options))) return
  for (let turn = 0; turn < maxTurns; turn++) {
    const link = await readLink(context, target, options)
    if (link.header !== undefined && !needsRefresh(context, link)) return
    if (await swap(context, target, link, options)) return
  }
  throw contention(`link of ${target.digest} in ${target.repository}`)
}

/** Reads the link for a manifest, rescued when GC condemned it; false when it is absent or dead. */
export async function secureLink(context: StorageContext, target: LinkTarget, options?: OperationOptions) {
  for (let turn = 0; turn < maxTurns; turn++) {
    const link = await readLink(context, target, options)
    if (link.header === undefined) return false
    if (link.header.st === 'live' || (await swap(context, target, link, options))) return true
  }
  throw contention(`link of ${target.digest} in ${target.repository}`)
}

/** Links that are remembered, only to guess what is there. */
const maxSeen = 10_000

function seenBefore({ seen: { links } }: StorageContext, key: string): boolean {
  if (links.has(key)) return true
  if (links.size >= maxSeen) links.clear()
  links.add(key)
  return false
}

function needsRefresh(context: StorageContext, { header, modifiedMs }: CellState<LinkHeader>): boolean {
  return header?.st === 'cond' || isStale(modifiedMs, context.options)
}

async function swap(
  context: StorageContext,
  { repository, digest }: LinkTarget,
  { version }: Pick<CellState<LinkHeader>, 'version'>,
  options?: OperationOptions,
): Promise<boolean> {
  const header: LinkHeader = { st: 'live' }
  return (await context.cells.write({ key: linkKey(repository, digest), version, header }, options)) !== undefined
}
