/**
 * An instruction as docker printed it up to 1.8: the keyword in upper case, and the words that it has behind it, lists
 * without brackets, quotes and commas. `CMD ["ls", "-l"]` is `CMD ls -l`.
 * @module
 */
import type { Command, FromInstruction, Instruction, NameValue } from '../dockerfile/index.ts'

export function classicText(instruction: FromInstruction | Instruction): string {
  const words = instruction.kind === 'LABEL' && instruction.line === 0 ? undefined : wordsOf(instruction)
  const flags = instruction.flags.map((flag) => `--${flag.replace(/^--/, '')}`)
  return words === undefined ? written(instruction) : [instruction.kind, ...flags, ...words].join(' ')
}

/** Undefined for an instruction whose text has no other form. */
function wordsOf(instruction: FromInstruction | Instruction): readonly string[] | undefined {
  switch (instruction.kind) {
    case 'CMD':
    case 'ENTRYPOINT':
    case 'RUN':
      return commandWords(instruction.command)
    case 'ENV':
      return instruction.variables.flatMap(pairWords)
    case 'LABEL':
      return instruction.labels.flatMap(pairWords)
    case 'ADD':
    case 'COPY':
      return instruction.inlineFiles.length > 0 ? undefined : [...instruction.sources, instruction.destination]
    case 'SHELL':
      return instruction.shell
    case 'VOLUME':
      return instruction.volumes
    default:
      return undefined
  }
}

function commandWords(command: Command): readonly string[] {
  return command.form === 'exec' ? command.args : [command.text]
}

function pairWords({ name, value }: NameValue): readonly string[] {
  return [name, value]
}

function written({ kind, original }: FromInstruction | Instruction): string {
  return original.trim().replace(/^\S+/, kind)
}
