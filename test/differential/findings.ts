/**
 * Where two builders' images differ, as rows: one per path, config field, history line or step.
 * @module
 */

import { describeEntry, type Tree } from '../harness/tree.ts'
import type { Builder, ImageConfig } from './builder.ts'

export interface Finding {
  readonly peer: Builder['name']
  readonly case: string
  readonly aspect: 'tree' | 'config' | 'history' | 'outcome' | 'cache'
  /** A path, a field, a position. */
  readonly key: string
  /** `absent` where there is nothing. */
  readonly ours: string
  readonly theirs: string
  /** The end of what both said, where an outcome differs. */
  readonly said?: string
}

/** What both have under the same key is no finding. */
export function findingsBetween(
  about: Pick<Finding, 'peer' | 'case' | 'aspect'>,
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): readonly Finding[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .map((key) => ({ ...about, key, ours: ours.get(key) ?? 'absent', theirs: theirs.get(key) ?? 'absent' }))
    .filter((row) => row.ours !== row.theirs)
}

/**
 * By path. The root directory is left out: where no layer says how it is, each storage has its own way with it, and a
 * layer of a step says nothing of it.
 */
export function treeRows(tree: Tree): ReadonlyMap<string, string> {
  return new Map([...tree].filter(([path]) => path !== '/').map(([path, entry]) => [path, describeEntry(entry)]))
}

/** By field of the config, those that say something, and by label. */
export function configRows({
  author,
  architecture,
  os,
  variant,
  config = {},
}: ImageConfig): ReadonlyMap<string, string> {
  const { Labels, ...others } = config
  const labels = Object.entries(Labels ?? {}).map(([name, value]) => [`label ${name}`, value])
  const fields = { author, architecture, os, variant, ...others, ...Object.fromEntries(labels) }
  return new Map(
    Object.entries(fields)
      .filter(([name]) => !notOfTheImage.has(name))
      .flatMap(([name, value]) => (saysNothing(value) ? [] : [[name, canonical(value)] as const])),
  )
}

/** By position from the top of the image down to its base; what identifies a copied file differs by builder. */
export function historyRows({ history = [] }: ImageConfig): ReadonlyMap<string, string> {
  return new Map(
    history.map(({ created_by = '', empty_layer = false }, index) => [
      String(index + 1).padStart(2, '0'),
      `${created_by.replace(/(file|dir|multi):[0-9a-f]{64}/g, '$1:<digest>')}${empty_layer ? ' (no layer)' : ''}`,
    ]),
  )
}

/** Of the container that the step ran in: docker stores it with the image. */
const notOfTheImage = new Set([
  ...['Hostname', 'Domainname', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'Tty', 'OpenStdin', 'StdinOnce'],
  ...['Image', 'ArgsEscaped', 'NetworkDisabled', 'MacAddress'],
])

function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** JSON with sorted names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
