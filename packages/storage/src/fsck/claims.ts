/**
 * Claims: what one key says that another one must be there for, as lines that sort by the key that is needed. All checks are
 * a merge of sorted claims with a sorted listing.
 * @module
 */

/**
 * Of a cell that is needed: by a tag its manifest, by a manifest a blob, by a link its blob, by a cell the marker that leads
 * to it, by a marker the manifest it leads to. Of an object: by a pointer or an entry of the trash; a session owns all
 * objects whose keys begin with the needed one.
 */
export type ClaimKind = 'tag' | 'blob' | 'link' | 'marker' | 'stale' | 'pointer' | 'trash' | 'session'

export interface Claim {
  /** Key that must be there. */
  readonly needed: string
  readonly kind: ClaimKind
  /** Key of who says so. */
  readonly by: string
  /** Of an object, the bytes it must have; 0 elsewhere. */
  readonly size: number
}

/** Our keys hold no tabs, and a tab sorts before all that they hold: the lines are in the order of the needed keys. */
export function encodeClaim({ needed, kind, by, size }: Claim): string {
  return `${needed}\t${kind}\t${by}\t${size}`
}

export function decodeClaim(line: string): Claim {
  const [needed = '', kind = '', by = '', size = ''] = line.split('\t')
  return { needed, kind: kind as ClaimKind, by, size: Number(size) }
}
