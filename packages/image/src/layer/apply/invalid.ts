/**
 * What can be wrong with a layer.
 * @module
 */
import { ImageError } from '../../errors.ts'

/** LAYER_INVALID. @param name the entry, as a byte string */
export function invalidLayer(why: string, name?: string): ImageError {
  const message = name === undefined ? `invalid layer: ${why}` : `invalid layer: the entry ${shown(name)} ${why}`
  return new ImageError('LAYER_INVALID', message, { detail: { reason: why } })
}

/** A byte string for a message: as UTF-8, in quotes, and no longer than a line or two. */
export function shown(name: string): string {
  const text = Buffer.from(name.slice(0, 300), 'latin1').toString()
  return JSON.stringify(name.length > 300 ? `${text}...` : text)
}
