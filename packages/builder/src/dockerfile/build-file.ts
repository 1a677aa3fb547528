/**
 * A Dockerfile with its instructions understood.
 * @module
 */
import type { Directive, DockerfileWarning, EscapeToken } from './ast.ts'
import type { ArgInstruction, Stage } from './instruction.ts'

/** What a build works from: the stages in their order, and what stands before the first. */
export interface BuildFile {
  /** The name for messages. */
  readonly fileName: string
  readonly escape: EscapeToken
  readonly directives: readonly Directive[]
  /** ARG before the first FROM: seen by FROM lines, and by stages that name it in an ARG of their own. */
  readonly metaArgs: readonly ArgInstruction[]
  /** At least one. */
  readonly stages: readonly Stage[]
  /** Those of the syntax and those of the instructions, by line. */
  readonly warnings: readonly DockerfileWarning[]
}
