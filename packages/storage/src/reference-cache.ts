/**
 * What manifests refer to, remembered by digest: immutable, so never stale, and bounded.
 * @module
 */
import type { Digest } from '@tsreg/oci'

export interface ReferenceCache {
  get(manifest: Digest): ReadonlySet<Digest> | undefined
  set(manifest: Digest, references: ReadonlySet<Digest>): void
}

/** @param limit of references and manifests together; each costs about 150 bytes. */
export function referenceCache(limit = 50_000): ReferenceCache {
  const known = new Map<Digest, ReadonlySet<Digest>>()
  let total = 0
  return {
    get: (manifest) => known.get(manifest),
    set(manifest, references) {
      if (known.has(manifest)) return
      known.set(manifest, references)
      total += references.size + 1
      for (const [oldest, dropped] of known) {
        if (total <= limit) break
        known.delete(oldest)
        total -= dropped.size + 1
      }
    },
  }
}
