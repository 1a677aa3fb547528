/**
 * What is changed between two builds, and a Dockerfile with a step of every kind to change it under.
 * @module
 */

import type { BuildCase } from './build-case.ts'
import type { Context } from './context.ts'

/** A case, built twice: as it is, and after the change. */
export interface ChangeCase {
  /** Also names the images it makes. */
  readonly name: string
  readonly before: BuildCase
  /** What the second build has instead. */
  readonly after: Partial<Pick<BuildCase, 'dockerfile' | 'buildArgs'>>
  /** Paths of the context with something else in them. */
  readonly written?: Context
  /** Paths of the context that are gone. */
  readonly removed?: readonly string[]
  /** The time of every path of the context, in seconds since 1970. */
  readonly modifiedAt?: number
  /** Paths of the context that belong to somebody else. */
  readonly chowned?: readonly string[]
  /** @default false */
  readonly noCache?: boolean
}

/** The context after the change. */
export function changedContext({ before, written = {}, removed = [] }: ChangeCase): Context {
  const kept = Object.entries(before.context ?? {}).filter(([path]) => !removed.includes(path))
  return { ...Object.fromEntries(kept), ...written }
}
