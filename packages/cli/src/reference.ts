/**
 * References as the user types them, read with the default registry of the client's settings.
 * @module
 */
import {
  familiarReference,
  isOciError,
  isRegistryHost,
  parseReference,
  type Reference,
  type ReferenceOptions,
  withDefaultTag,
} from '@tsreg/oci'
import { CliError } from './errors.ts'

/** A reference without an added tag. @throws CliError REFERENCE_INVALID saying what is wrong in the text. */
export function readReference(text: string, options: ReferenceOptions): Reference {
  try {
    return parseReference(text, options)
  } catch (error) {
    if (!isOciError(error)) throw error
    throw new CliError('REFERENCE_INVALID', error.message, {
      advice: 'A reference is [REGISTRY/]REPOSITORY[:TAG][@DIGEST], for example localhost:5000/debian:13.',
      detail: { reference: text.slice(0, 300) },
      cause: error,
    })
  }
}

/** A reference that names something: tag `latest` where it has neither tag nor digest. */
export function readImageReference(text: string, options: ReferenceOptions): Reference {
  return withDefaultTag(readReference(text, options))
}

/** A repository, optionally with its registry. @throws CliError REFERENCE_INVALID also when it has a tag or a digest. */
export function readRepository(text: string, options: ReferenceOptions): Reference {
  const reference = readReference(text, options)
  if (reference.tag === undefined && reference.digest === undefined) return reference
  throw new CliError('REFERENCE_INVALID', `expected a repository without tag and digest, got ${JSON.stringify(text)}`, {
    advice: `Write ${familiarReference({ registry: reference.registry, repository: reference.repository }, options)}.`,
  })
}

/**
 * The hex digits of an ID, when the text can be one: 4 to 64 of them, with or without `sha256:` before the full 64.
 * Such a text can also be a tag or a repository, which then wins.
 */
export function idDigits(text: string): string | undefined {
  return /^(?:sha256:(?=[0-9a-f]{64}$))?([0-9a-f]{4,64})$/.exec(text)?.[1]
}

/** A registry as typed: `HOST` or `HOST:PORT`. @throws CliError REFERENCE_INVALID */
export function readRegistryHost(text: string): string {
  if (isRegistryHost(text)) return text
  throw new CliError('REFERENCE_INVALID', `not a registry: ${JSON.stringify(text.slice(0, 300))}`, {
    advice: 'Write HOST or HOST:PORT, for example localhost:5000, without http:// and without a path.',
  })
}
