/**
 * The ignore file of a build: `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` in the context.
 * @module
 */
import { basename, join } from 'node:path'
import { BuilderError } from '../../errors.ts'
import { readBuildFile } from '../read-build-file.ts'
import { type IgnorePattern, parseIgnoreFile } from './parse-ignore-file.ts'

const maxBytes = 1024 * 1024

export interface FoundIgnoreFile {
  readonly path: string
  readonly patterns: readonly IgnorePattern[]
}

/**
 * Undefined where there is neither.
 * @param dockerfile its path; undefined where it comes from elsewhere than a file
 * @throws IGNORE_INVALID, also for what is no regular file of at most 1 MiB, and for a link out of the context
 */
export async function findIgnoreFile(
  context: string,
  dockerfile: string | undefined,
): Promise<FoundIgnoreFile | undefined> {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    join(context, '.dockerignore'),
  ]
  for (const path of candidates) {
    const refuse = (why: string, cause?: unknown) => unreadable(path, why, cause)
    const content = await readBuildFile(path, { context, maxBytes, refuse })
    if (content !== undefined) return { path, patterns: parseIgnoreFile(content.bytes, basename(path)) }
  }
  return undefined
}

function unreadable(path: string, why: string, cause?: unknown): BuilderError {
  return new BuilderError('IGNORE_INVALID', `${path} cannot be used: ${why}`, { detail: { path }, cause })
}
