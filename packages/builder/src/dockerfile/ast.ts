/**
 * What a Dockerfile says, before anyone knows what its instructions mean: one node per instruction, with its lines.
 * @module
 */

/** Lines counted from 1, both included. */
export interface LineRange {
  readonly line: number
  readonly endLine: number
}

/** The character that continues a line and takes the meaning of the one behind it; set by `# escape=`. */
export type EscapeToken = '\\' | '`'

/** `# key=value` at the top of the file. The key is in lower case. */
export interface Directive {
  readonly key: 'syntax' | 'escape' | 'check'
  readonly value: string
  readonly line: number
}

/** Something that works and was probably not meant so. */
export interface DockerfileWarning {
  readonly code: DockerfileWarningCode
  readonly message: string
  readonly line: number
}

/** The names that the rules of `docker build --check` have. */
export type DockerfileWarningCode =
  | 'DuplicateStageName'
  | 'ConsistentInstructionCasing'
  | 'FromAsCasing'
  | 'JSONArgsRecommended'
  | 'LegacyKeyValueFormat'
  | 'MaintainerDeprecated'
  | 'MultipleInstructionsDisallowed'
  | 'NoEmptyContinuation'
  | 'ReservedStageName'
  | 'StageNameCasing'

/** A document inside RUN, COPY or ADD: `[fd]<<[-]WORD`, its lines, and WORD alone on a line. */
export interface Heredoc {
  /** WORD without its quotes: the name of the file that COPY and ADD make. */
  readonly name: string
  /** The lines between, each with its line feed; of `<<-` without the tabs they begin with. */
  readonly content: string
  /** False where WORD is quoted: nothing in the content is replaced. */
  readonly expand: boolean
  /** True for `<<-`. */
  readonly chomp: boolean
  /** The number before `<<`; 0 where there is none. */
  readonly fileDescriptor: number
}

export interface InstructionNode extends LineRange {
  /** The first word in lower case, known or not. */
  readonly keyword: string
  /** The first word as it stands there. */
  readonly writtenKeyword: string
  /** The lines of the instruction joined to one, without comments; the first line alone where heredocs follow. */
  readonly original: string
  /** `--name=value` in their order, without their quotes; the word `--` that ends them is left out. */
  readonly flags: readonly string[]
  /**
   * The words behind the flags, in the shape of the instruction: strings of a JSON array, one string for a command, name,
   * value and separator in turn for ENV and LABEL (the separator is empty in the old form), else words. Quotes are kept.
   */
  readonly args: readonly string[]
  /** True where `args` was written as a JSON array. */
  readonly isJson: boolean
  readonly heredocs: readonly Heredoc[]
  /** What stands behind ONBUILD. */
  readonly trigger?: InstructionNode
}

export interface Dockerfile {
  /** The name for messages. */
  readonly fileName: string
  readonly escape: EscapeToken
  readonly directives: readonly Directive[]
  /** At least one. */
  readonly nodes: readonly InstructionNode[]
  readonly warnings: readonly DockerfileWarning[]
}
