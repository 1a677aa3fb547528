/**
 * Errors that say where they stand.
 * @module
 */
import type { BuilderErrorCode } from '../error-codes.ts'
import { BuilderError, type BuilderErrorOptions, type SourcePlace } from '../errors.ts'

/** What an instruction and a node of the tree have in common. */
export interface Placed {
  readonly line: number
  readonly endLine: number
  readonly original: string
}

export function placeOf(file: string, { line, endLine, original }: Placed): SourcePlace {
  return { file, line, endLine, text: original }
}

/** Something in the Dockerfile is not as the language wants it. */
export function invalid(
  place: SourcePlace,
  message: string,
  options: BuilderErrorOptions & { readonly code?: BuilderErrorCode } = {},
): BuilderError {
  const { code = 'DOCKERFILE_INVALID', ...rest } = options
  return new BuilderError(code, message, { ...rest, place })
}

/** Part of the language that is recognised and cannot be done yet. */
export function unsupported(place: SourcePlace, what: string, advice?: string): BuilderError {
  return new BuilderError('FEATURE_UNSUPPORTED', `${what} is not supported yet`, { place, advice })
}
