/**
 * Instructions that hold a command: CMD, ENTRYPOINT, RUN, SHELL.
 * @module
 */
import type { InstructionNode } from '../ast.ts'
import type {
  CmdInstruction,
  Command,
  EntrypointInstruction,
  RunInstruction,
  ShellInstruction,
} from '../instruction.ts'
import { invalid } from '../place.ts'
import { baseOf, type NodeReading, someArguments } from './node-reading.ts'

export function readCmd(reading: NodeReading): CmdInstruction {
  return { kind: 'CMD', ...baseOf(reading), command: commandOf(reading.node) }
}

export function readEntrypoint(reading: NodeReading): EntrypointInstruction {
  return { kind: 'ENTRYPOINT', ...baseOf(reading), command: commandOf(reading.node) }
}

export function readRun(reading: NodeReading): RunInstruction {
  const { node, place } = reading
  if (node.isJson && node.heredocs.length > 0) throw invalid(place, 'a RUN in JSON form cannot have a heredoc')
  return { kind: 'RUN', ...baseOf(reading), command: commandOf(node), heredocs: node.heredocs }
}

export function readShell(reading: NodeReading): ShellInstruction {
  const shell = someArguments(reading)
  if (!reading.node.isJson) throw invalid(reading.place, 'SHELL needs its arguments as a JSON array of strings')
  return { kind: 'SHELL', ...baseOf(reading), shell }
}

/** The words of a JSON array, else the text for a shell. */
export function commandOf({ isJson, args }: Pick<InstructionNode, 'isJson' | 'args'>): Command {
  return isJson ? { form: 'exec', args } : { form: 'shell', text: args.join(' ') }
}
