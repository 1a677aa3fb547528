/**
 * What a manifest refers to, packed: one byte for the kind of reference and the algorithm, then the digest.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import { childrenOf, type Manifest } from '@tsreg/oci/image'

/**
 * `blob`: config or layer; `child`: of an index; `subject`; `target`: what a tag names.
 */
export type ReferenceKind = 'blob' | 'child' | 'subject' | 'target'

export interface Reference {
  readonly kind: ReferenceKind
  readonly digest: Digest
}

const kinds: readonly ReferenceKind[] = ['blob', 'child', 'subject', 'target']
const algorithms: readonly { readonly name: string; readonly bytes: number }[] = [
  { name: 'sha256', bytes: 32 },
  { name: 'sha512', bytes: 64 },
]

export function referencesOf(manifest: Manifest): readonly Reference[] {
  const kind = manifest.kind === 'image' ? 'blob' : 'child'
  const children = childrenOf(manifest).map(({ digest }): Reference => ({ kind, digest }))
  return manifest.subject === undefined ? children : [...children, { kind: 'subject', digest: manifest.subject.digest }]
}

/** Digests of other algorithms are left out: no cell can have one. */
export function packReferences(references: readonly Reference[]): Buffer {
  return Buffer.concat(
    references.flatMap(({ kind, digest }) => {
      const colon = digest.indexOf(':')
      const algorithm = algorithms.findIndex(({ name }) => name === digest.slice(0, colon))
      if (algorithm < 0) return []
      return [
        Buffer.of(kinds.indexOf(kind) * algorithms.length + algorithm),
        Buffer.from(digest.slice(colon + 1), 'hex'),
      ]
    }),
  )
}

/** Calls `visit` with each reference: its kind, and the first two words of its digest. Makes no object. */
export function eachReference(packed: Buffer, visit: (kind: ReferenceKind, hi: number, lo: number) => void): void {
  for (let at = 0; at < packed.length; ) {
    const code = packed[at] ?? 0
    visit(kindOf(code), packed.readUInt32BE(at + 1), packed.readUInt32BE(at + 5))
    at += 1 + bytesOf(code)
  }
}

/** Inverse of {@link packReferences}. */
export function unpackReferences(packed: Buffer): readonly Reference[] {
  const references: Reference[] = []
  for (let at = 0; at < packed.length; ) {
    const code = packed[at] ?? 0
    const end = at + 1 + bytesOf(code)
    const name = algorithms[code % algorithms.length]?.name
    references.push({ kind: kindOf(code), digest: `${name}:${packed.toString('hex', at + 1, end)}` as Digest })
    at = end
  }
  return references
}

function kindOf(code: number): ReferenceKind {
  return kinds[Math.floor(code / algorithms.length)] ?? 'blob'
}

function bytesOf(code: number): number {
  return algorithms[code % algorithms.length]?.bytes ?? 0
}
