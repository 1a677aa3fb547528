/**
 * What tagging does to the entries of a layout.
 * @module
 */
import { type Descriptor, isDigest, OciError } from '@tsreg/oci'
import { type IndexEntry, makeEntry, parentAnnotation, withoutReference } from './index-file.ts'

/** What becomes of a manifest whose reference is pointed elsewhere. */
export type Replaced = 'drop' | 'keep'

/**
 * The entries with the reference pointing at the target. A digest as reference keeps the target without a name, unless
 * it has one.
 * @throws TAG_INVALID for a reference that no command line can name, and for the digest of something else.
 */
export function tagEntries(
  entries: readonly IndexEntry[],
  {
    target,
    reference,
    replaced,
    annotations = {},
  }: {
    readonly target: Descriptor
    readonly reference: string
    readonly replaced: Replaced
    readonly annotations?: Readonly<Record<string, string>> | undefined
  },
): readonly IndexEntry[] {
  checkReference(target, reference)
  const added = makeEntry(target, reference, { ...parentNoted(entries, target), ...annotations })
  const others = entries.flatMap((entry) => {
    if (entry.reference === undefined || entry.reference !== added.reference) return [entry]
    return replaced === 'keep' ? [withoutReference(entry)] : []
  })
  return withoutDoubles([...others, added])
}

/** An image that gets another name was built from the same image as before. */
function parentNoted(entries: readonly IndexEntry[], { digest }: Descriptor): Readonly<Record<string, string>> {
  const parents = entries
    .filter((entry) => entry.descriptor.digest === digest)
    .map((entry) => entry.descriptor.annotations?.[parentAnnotation])
  const parent = parents.find((noted) => noted !== undefined)
  return parent === undefined ? {} : { [parentAnnotation]: parent }
}

/** An entry without a reference is there only to keep content that no other entry keeps. */
export function withoutDoubles(entries: readonly IndexEntry[]): readonly IndexEntry[] {
  const kept = new Set(entries.filter((entry) => entry.reference !== undefined).map((entry) => entry.descriptor.digest))
  return entries.filter(({ reference, descriptor }) => {
    if (reference !== undefined) return true
    if (kept.has(descriptor.digest)) return false
    kept.add(descriptor.digest)
    return true
  })
}

// Space and control characters would make a reference that no command line can name.
const referenceGrammar = /^[\x21-\x7e]{1,1024}$/

function checkReference(target: Descriptor, reference: string): void {
  if (isDigest(reference) ? reference === target.digest : referenceGrammar.test(reference)) return
  const shown = JSON.stringify(reference.slice(0, 300))
  throw new OciError('TAG_INVALID', `${shown} cannot be a reference of ${target.digest}`, {
    detail: { reference: reference.slice(0, 300), digest: target.digest },
  })
}
