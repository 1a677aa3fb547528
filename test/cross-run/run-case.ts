/**
 * What is run: an image, and what is typed after `run`.
 * @module
 */

import type { Context } from '../differential/context.ts'

export interface RunCase {
  /** Also names its image. */
  readonly name: string
  readonly dockerfile: string
  readonly context?: Context
  /** Flags all three commands have, before the image. */
  readonly flags?: readonly string[]
  /** After the image. */
  readonly command?: readonly string[]
  readonly input?: string
  /** What it ends with. */
  readonly status?: number
  /** True when the failure is the engine's: each has its own words for it. */
  readonly ownWords?: boolean
  /** Why podman 4.3 is another than docker here. */
  readonly notPodman?: string
}
