/**
 * From the names in a layer to places below its root.
 * @module
 */
import { invalidLayer } from './invalid.ts'

/** PATH_MAX of Linux: nobody could name a longer one. */
const maxNameBytes = 4095
/** Each level may hold a file descriptor. */
const maxDepth = 512

/**
 * The directories and the name that lead from the root to what an entry means; none for the root itself. Slashes at the
 * beginning count for nothing, so absolute names lie below the root as well. `..` takes back a component of the name.
 * @param name a byte string
 * @throws LAYER_INVALID for a name that leads above the root
 */
export function componentsOf(name: string): string[] {
  if (name.length > maxNameBytes) throw invalidLayer(`has a name of more than ${maxNameBytes} bytes`, name)
  const components: string[] = []
  for (const component of name.split('/')) {
    if (component === '' || component === '.') continue
    if (component !== '..') components.push(component)
    else if (components.pop() === undefined) throw invalidLayer('leads out of the layer', name)
  }
  if (components.length > maxDepth) throw invalidLayer(`lies more than ${maxDepth} directories deep`, name)
  return components
}

/** What a name says about the layers below (image-spec, layer.md, "Whiteouts"). */
export type WhiteoutName =
  | { readonly kind: 'none' }
  /** Everything in the directory is hidden. */
  | { readonly kind: 'opaque' }
  | { readonly kind: 'whiteout'; readonly name: string }
  /** Bookkeeping of AUFS, which means nothing elsewhere. */
  | { readonly kind: 'ignored' }

const none: WhiteoutName = { kind: 'none' }
const prefix = '.wh.'

/** @throws LAYER_INVALID for the whiteout of nothing, of `.` and of `..` */
export function whiteoutOf(base: string): WhiteoutName {
  if (!base.startsWith(prefix)) return none
  const name = base.slice(prefix.length)
  if (name === '.wh..opq') return { kind: 'opaque' }
  if (name.startsWith(prefix)) return { kind: 'ignored' }
  if (name === '' || name === '.' || name === '..') throw invalidLayer('is a whiteout of no file', base)
  return { kind: 'whiteout', name }
}
