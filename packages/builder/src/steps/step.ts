/**
 * What an instruction finds, its variables replaced, and what it makes of it. Most change nothing but the config of the
 * image.
 * @module
 */
import type { ContainerConfig } from '@tsreg/oci/image'
import type { SourcePlace } from '../errors.ts'
import type { BuildArgs } from '../scope/index.ts'

/** A stage at one of its lines. */
export interface StepContext {
  /** Of the image so far. */
  readonly config: ContainerConfig
  readonly args: BuildArgs
  /** True when this stage has had a CMD: an ENTRYPOINT takes away only that of the base. */
  readonly hasCmd: boolean
  /** Where the instruction stands. */
  readonly place: SourcePlace
}

/** What an instruction without a layer does. */
export interface ConfigStep {
  /** What the history shows behind `#(nop)`. */
  readonly comment: string
  readonly config: ContainerConfig
  /** Where they changed. */
  readonly args?: BuildArgs
  readonly hasCmd?: boolean
  readonly author?: string
  /** To be told in the output. */
  readonly note?: string
}

/** The config with fields set; those that are undefined are taken away. */
export function withFields(config: ContainerConfig, fields: Readonly<Record<string, unknown>>): ContainerConfig {
  return Object.fromEntries(Object.entries({ ...config, ...fields }).filter(([, value]) => value !== undefined))
}

/** What a command in shell form is given to. */
export function shellOf(config: ContainerConfig): readonly string[] {
  const { Shell: shell } = config as { Shell?: readonly string[] }
  return shell === undefined || shell.length === 0 ? ['/bin/sh', '-c'] : shell
}
