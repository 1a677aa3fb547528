/**
 * What is built: a Dockerfile, its context and its options, and what the builders of the old days do not know.
 * @module
 */

import type { Context } from './context.ts'

export type PeerName = 'docker' | 'buildah'

/** The bases of the suite, as a Dockerfile names them. */
export const bases = { busybox: 'base/busybox', debian: 'base/debian' } as const

export interface BuildCase {
  /** Also names the images it makes. */
  readonly name: string
  readonly dockerfile: string
  /** What lies beside the Dockerfile. */
  readonly context?: Context
  /** By name. */
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  /** @default 'Dockerfile' */
  readonly dockerfileName?: string
  readonly platform?: string
  /**
   * `mistake`: refused, or it fails in a step that is no RUN; a number: a RUN fails with this status, and so does tsreg.
   * @default 'built'
   */
  readonly outcome?: 'built' | 'mistake' | number
  /**
   * Peers that refuse this Dockerfile, because they are older than what it uses, and the Dockerfile in their words that
   * must give the same tree and config. That they still refuse is checked.
   */
  readonly translated?: Readonly<Partial<Record<PeerName, Translation>>>
}

export interface Translation {
  readonly dockerfile: string
  /** Beside, or in place of, the files of the case. */
  readonly context?: Context
  /** What the peer says of the original. */
  readonly refusal: RegExp
}
