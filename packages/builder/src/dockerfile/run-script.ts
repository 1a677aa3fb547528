/**
 * What a RUN executes, its heredocs taken in.
 * @module
 */
import { parseHeredoc, withHeredocText } from './heredoc.ts'
import type { RunInstruction } from './instruction.ts'

export type RunScript =
  | { readonly form: 'exec'; readonly args: readonly string[] }
  /** For the shell of SHELL. */
  | { readonly form: 'shell'; readonly text: string }
  /** A file with `#!`, to be executed by itself: put where the step can read it, with mode 0755, and taken away after it. */
  | { readonly form: 'file'; readonly name: string; readonly content: string }

/**
 * A heredoc alone is the script itself, so that it runs in shells that know none; beside other words it is left to the
 * shell.
 */
export function runScript({ command, heredocs }: Pick<RunInstruction, 'command' | 'heredocs'>): RunScript {
  const [first] = heredocs
  if (command.form === 'exec' || first === undefined) return command
  if (parseHeredoc(command.text) === undefined) {
    return { form: 'shell', text: withHeredocText(command.text, heredocs) }
  }
  const { name, content } = first
  return content.startsWith('#!') ? { form: 'file', name, content } : { form: 'shell', text: content }
}
