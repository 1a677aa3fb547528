/**
 * A command that runs containers, on a storage of its own; images reach it through the registry alone.
 * @module
 */

import type { CommandResult } from '../harness/command.ts'

export interface RunRequest {
  /** Full reference. */
  readonly image: string
  readonly flags: readonly string[]
  readonly command: readonly string[]
  readonly input: string
}

export interface Engine {
  readonly name: 'docker' | 'podman' | 'tsreg'
  readonly version: string
  pull(reference: string): Promise<void>
  /** `run --rm`, without a network. */
  run(request: RunRequest): Promise<CommandResult>
  close(): Promise<void>
}

/** An engine that also builds. */
export interface BuildingEngine extends Engine {
  /** Builds the directory and pushes it as `reference`. */
  build(directory: string, reference: string): Promise<void>
}

/** Bases as Dockerfiles name them; all lie in the registry under these names. */
export const baseNames = ['base/busybox', 'base/debian'] as const

/** What is typed after the program's name. */
export function runArguments({ image, flags, command }: RunRequest): readonly string[] {
  return ['run', '--rm', '--network=none', ...flags, image, ...command]
}
