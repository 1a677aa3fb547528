/**
 * A command at a terminal of its own, which script(1) makes: what stands on it, what is typed, its size and its settings.
 * @module
 */

import { run } from '../harness/command.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { type Program, type ProgramOptions, startProgram } from './program.ts'

export interface Terminal extends Pick<Program, 'sees' | 'type' | 'signal' | 'stopReading'> {
  /** All that was shown on it. */
  readonly shown: () => string
  /** Of the command itself. */
  readonly pid: number
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>
  /** The exit status of the command, and whether the terminal is set as it was before. */
  ended(): Promise<{ readonly status: number; readonly isRestored: boolean }>
  /** Closes the terminal, as when a window is closed. */
  hangUp(): void
}

/** @param command runs with 90 columns and 30 rows */
export async function openTerminal(command: readonly string[], options: ProgramOptions): Promise<Terminal> {
  const words = command.map(quoted).join(' ')
  const line = [
    'stty rows 30 cols 90',
    'before=$(stty -g)',
    // Ctrl-C of the terminal is not for this shell.
    'trap : INT',
    'echo "[terminal $(tty)]"',
    // The shell's own number is that of the command it becomes.
    `sh -c 'echo "[process $$]"; exec "$@"' sh ${words}`,
    'status=$?',
    'if [ "$(stty -g)" = "$before" ]; then after=restored; else after=changed; fi',
    'echo "[ended $status $after]"',
  ].join('\n')
  const program = startProgram(['script', '--quiet', '--return', '--command', line, '/dev/null'], {
    ...options,
    env: { ...options.env, SHELL: '/bin/sh' },
  })
  await program.sees(/\[process \d+\]/)
  const [, path = ''] = /\[terminal (\S+)\]/.exec(program.stdout()) ?? []
  const pid = Number(/\[process (\d+)\]/.exec(program.stdout())?.[1])
  return {
    shown: program.stdout,
    pid,
    sees: program.sees,
    type: program.type,
    stopReading: program.stopReading,
    signal: (name) => signalTo(pid, name),
    resize: async ({ columns, rows }) => {
      await run(['stty', '-F', path, 'rows', String(rows), 'cols', String(columns)])
    },
    async ended() {
      await program.sees(/\[ended \d+ \w+\]/)
      const [, status, after] = /\[ended (\d+) (\w+)\]/.exec(program.stdout()) ?? []
      program.endInput()
      await program.ended()
      return { status: Number(status), isRestored: after === 'restored' }
    },
    hangUp: () => program.signal('SIGKILL'),
  }
}

/** Waits for the end of the command, which is to be this status, with the terminal as it was found. */
export async function assertEndsWith(terminal: Terminal, expected: number): Promise<void> {
  const { status, isRestored } = await terminal.ended()
  assertEqual(status, expected, 'the exit status')
  assertThat(isRestored, 'the terminal is not set as before')
}

/** It may have ended a moment ago. */
function signalTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
