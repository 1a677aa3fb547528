/**
 * The 18 instructions, typed. Every text is as written: nothing is expanded yet, quotes included, unless a field says
 * otherwise.
 * @module
 */
import type { Heredoc, LineRange } from './ast.ts'

interface InstructionBase extends LineRange {
  /** The lines of the instruction joined to one, as a build prints them; the first line alone where heredocs follow. */
  readonly original: string
  /** `--name=value` in their order, without their quotes. */
  readonly flags: readonly string[]
}

/** What a container executes: the words themselves, or a text for a shell. Nothing in it is expanded by a build. */
export type Command =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  | { readonly form: 'shell'; readonly text: string }

export interface NameValue {
  readonly name: string
  readonly value: string
}

/** A file whose content stands in the Dockerfile. */
export interface InlineFile {
  readonly name: string
  readonly content: string
  /** Whether variables in the content are replaced. */
  readonly expand: boolean
}

interface CopyFields {
  /** At least one, or one of `inlineFiles`. */
  readonly sources: readonly string[]
  readonly inlineFiles: readonly InlineFile[]
  readonly destination: string
  /** `user`, `user:group` or numbers. */
  readonly chown?: string
  /** Octal digits, or the symbolic form. */
  readonly chmod?: string
}

/** Copies files of the context, archives unpacked, and what lies behind URLs. */
export interface AddInstruction extends InstructionBase, CopyFields {
  readonly kind: 'ADD'
}

export interface ArgInstruction extends InstructionBase {
  readonly kind: 'ARG'
  /** At least one. */
  readonly args: readonly { readonly name: string; readonly value?: string }[]
}

export interface CmdInstruction extends InstructionBase {
  readonly kind: 'CMD'
  readonly command: Command
}

export interface CopyInstruction extends InstructionBase, CopyFields {
  readonly kind: 'COPY'
  /** The name of a stage (compared without regard to case), its number, or an image; never expanded. */
  readonly from?: string
}

export interface EntrypointInstruction extends InstructionBase {
  readonly kind: 'ENTRYPOINT'
  readonly command: Command
}

export interface EnvInstruction extends InstructionBase {
  readonly kind: 'ENV'
  /** At least one. */
  readonly variables: readonly NameValue[]
}

export interface ExposeInstruction extends InstructionBase {
  readonly kind: 'EXPOSE'
  /** `8000`, `8000-8010/udp`; each may become several words when it is expanded. */
  readonly ports: readonly string[]
}

export interface FromInstruction extends InstructionBase {
  readonly kind: 'FROM'
  /** A reference, the name of an earlier stage, or `scratch`. */
  readonly image: string
  readonly platform?: string
  /** The name of the stage, in lower case. */
  readonly as?: string
}

export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: 'HEALTHCHECK'
  readonly healthcheck: Healthcheck
}

/** As the config of an image has it; fields that were not given are absent there. Durations in nanoseconds. */
export type Healthcheck =
  | { readonly type: 'NONE' }
  | {
      readonly type: 'CMD'
      readonly command: Command
      readonly intervalNs?: number
      readonly timeoutNs?: number
      readonly startPeriodNs?: number
      readonly startIntervalNs?: number
      readonly retries?: number
    }

export interface LabelInstruction extends InstructionBase {
  readonly kind: 'LABEL'
  /** At least one. */
  readonly labels: readonly NameValue[]
}

export interface MaintainerInstruction extends InstructionBase {
  readonly kind: 'MAINTAINER'
  readonly author: string
}

export interface OnbuildInstruction extends InstructionBase {
  readonly kind: 'ONBUILD'
  /** The instruction as an image keeps it, heredocs included; `parseTrigger` reads it again. */
  readonly trigger: string
}

export interface RunInstruction extends InstructionBase {
  readonly kind: 'RUN'
  readonly command: Command
  /** Part of a command in shell form: see `runScript`. */
  readonly heredocs: readonly Heredoc[]
}

export interface ShellInstruction extends InstructionBase {
  readonly kind: 'SHELL'
  /** At least one word. */
  readonly shell: readonly string[]
}

export interface StopsignalInstruction extends InstructionBase {
  readonly kind: 'STOPSIGNAL'
  readonly signal: string
}

export interface UserInstruction extends InstructionBase {
  readonly kind: 'USER'
  readonly user: string
}

export interface VolumeInstruction extends InstructionBase {
  readonly kind: 'VOLUME'
  /** At least one. */
  readonly volumes: readonly string[]
}

export interface WorkdirInstruction extends InstructionBase {
  readonly kind: 'WORKDIR'
  readonly path: string
}

/** What may stand in a stage. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction

/** FROM and what follows until the next one. */
export interface Stage {
  /** Counted from 0. */
  readonly index: number
  /** In lower case; undefined where it has none. */
  readonly name: string | undefined
  readonly from: FromInstruction
  readonly instructions: readonly Instruction[]
}
