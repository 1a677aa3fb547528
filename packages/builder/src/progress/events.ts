/**
 * What a build tells while it runs.
 * @module
 */
import type { Descriptor, Digest } from '@tsreg/oci'

export type BuildEvent =
  /** An instruction begins. Triggers of a base image have no step of their own. */
  | {
      readonly kind: 'step'
      readonly step: number
      readonly total: number
      readonly text: string
      /** See `classicText`. */
      readonly classicText: string
    }
  /** The base image leaves so many instructions to this build. */
  | { readonly kind: 'triggers'; readonly count: number }
  | { readonly kind: 'trigger'; readonly index: number; readonly text: string }
  | { readonly kind: 'note'; readonly text: string }
  /** The image of the instruction was found. */
  | { readonly kind: 'cached' }
  /** It was not, and why. */
  | { readonly kind: 'miss'; readonly keyword: string; readonly reasons: readonly string[] }
  /** A layer is brought in place for a command or a copy. */
  | { readonly kind: 'unpacking'; readonly layer: Descriptor; readonly bytes: number; readonly done: boolean }
  /** The instruction is executed in a container of this ID. */
  | { readonly kind: 'running'; readonly containerId: string }
  /** The image that the instruction made, its container gone; undefined for `FROM scratch`. */
  | {
      readonly kind: 'image'
      readonly imageId: Digest | undefined
      /** Undefined where nothing was executed. */
      readonly containerId: string | undefined
      /** No `running` came before: for COPY and ADD docker makes a container and runs nothing in it. @default false */
      readonly isSilent?: boolean
    }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'built'; readonly imageId: Digest }
