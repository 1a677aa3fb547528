/**
 * Failed system calls that tell something about the layer.
 * @module
 */
import { invalidLayer } from './invalid.ts'

/** The error to throw: LAYER_INVALID where the entry asks for what no file system has. */
export function explained(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENAMETOOLONG') return invalidLayer('has a name that is too long for a file', name)
  if (code === 'EFBIG') return invalidLayer('is larger than a file can be', name)
  return error
}
