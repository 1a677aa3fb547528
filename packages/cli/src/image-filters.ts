/**
 * Which local images a list shows: docker's `--filter` keys and the pattern of `images NAME`.
 * @module
 */
import type { Layout, LocalImage } from '@tsreg/image'
import { parseReference } from '@tsreg/oci'
import { CliError } from './errors.ts'
import type { Invocation } from './invocation.ts'
import { findLocalImage } from './local-image.ts'
import type { Session } from './session.ts'

export interface ImageFilters {
  /** Also images that are only steps on the way to others. */
  readonly intermediate: boolean
  /** True: only images without a name; false: only those with one. */
  readonly dangling: boolean | undefined
  /** Names that any one of the patterns matches; none: every name. */
  readonly patterns: readonly string[]
  readonly before: string | undefined
  readonly since: string | undefined
}

/** @throws CliError USAGE for an unknown key or a value that it does not take. */
export function parseFilters(
  texts: readonly string[],
  { pattern, all }: { readonly pattern: string | undefined; readonly all: boolean },
): ImageFilters {
  const values = new Map<string, string>()
  const patterns = pattern === undefined ? [] : [pattern]
  for (const text of texts) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    if (!keys.includes(key)) {
      throw new CliError('USAGE', `unknown filter ${JSON.stringify(text)}`, {
        advice: `Filters are ${keys.map((name) => `${name}=...`).join(', ')}.`,
      })
    }
    if (key === 'reference') patterns.push(value)
    else values.set(key, value)
  }
  const dangling = values.get('dangling')
  if (dangling !== undefined && dangling !== 'true' && dangling !== 'false') {
    throw new CliError('USAGE', `the filter dangling takes true or false, not ${JSON.stringify(dangling)}`)
  }
  return {
    intermediate: all,
    dangling: dangling === undefined ? undefined : dangling === 'true',
    patterns,
    before: values.get('before'),
    since: values.get('since'),
  }
}

const keys = ['dangling', 'reference', 'before', 'since']

interface FilterContext {
  readonly session: Session
  readonly layout: Layout
  readonly invocation: Pick<Invocation, 'signal'>
}

/** Keeps the order. @throws IMAGE_UNKNOWN for an image of `before` or `since` that does not exist. */
export async function filterImages(
  images: readonly LocalImage[],
  filters: ImageFilters,
  { session, layout, invocation }: FilterContext,
): Promise<readonly LocalImage[]> {
  const timeOfImage = async (text: string | undefined) => {
    if (text === undefined) return undefined
    return timeOf((await findLocalImage(session, layout, text, invocation)).image)
  }
  const before = await timeOfImage(filters.before)
  const since = await timeOfImage(filters.since)
  const matchers = filters.patterns.map(matcher)
  return images.filter((image) => {
    if (image.isIntermediate && !filters.intermediate) return false
    if (filters.dangling !== undefined && filters.dangling !== (image.reference === undefined)) return false
    if (before !== undefined && !(timeOf(image) < before)) return false
    if (since !== undefined && !(timeOf(image) > since)) return false
    return matchers.length === 0 || matchers.some((matches) => matches(namesOf(image, session)))
  })
}

function timeOf({ created }: LocalImage): number {
  return created === undefined ? Number.NaN : Date.parse(created)
}

/** The image as one can type it: long and short, with and without its tag. */
function namesOf({ repository, tag }: LocalImage, session: Session): readonly string[] {
  if (repository === undefined) return []
  const bare = [repository, session.show(parseReference(repository))]
  return tag === undefined ? bare : [...bare, ...bare.map((name) => `${name}:${tag}`)]
}

function matcher(pattern: string): (names: readonly string[]) => boolean {
  const literal = (text: string) => text.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const source = pattern
    .split('*')
    .map((part) => part.split('?').map(literal).join('[^/]'))
    .join('[^/]*')
  const expression = new RegExp(`^${source}$`)
  return (names) => names.some((name) => expression.test(name))
}
