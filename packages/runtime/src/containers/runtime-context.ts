/**
 * What all operations on containers are given.
 * @module
 */
import type { Snapshotter } from '@tsreg/image/snapshot'

export interface RuntimeContext {
  /** Absolute path of the directory with all containers: `$TSREG_HOME/containers`. */
  readonly directory: string
  readonly snapshotter: Snapshotter
  /**
   * The command line that removes the container whose ID is added to it, if it has ended and nobody attends to it: run when
   * a container of `--rm` ends after its command has died.
   */
  readonly reaper: readonly string[]
}

/** Where runc keeps its state. */
export function runcState({ directory }: Pick<RuntimeContext, 'directory'>): string {
  return `${directory}/runc`
}
