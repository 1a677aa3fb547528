/**
 * Programs that run to their end: captured output, a time limit, and an error that shows what they said.
 * @module
 */

import { spawn } from 'node:child_process'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Written to stdin, which is then closed. */
  readonly input?: string
  /** The program gets SIGKILL after this; default 600 000. */
  readonly timeoutMs?: number
}

export interface CommandResult {
  /** Exit status; 128 when ended by a signal. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program and returns its status and output, whatever the status is. */
export async function attempt(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    timeout: options.timeoutMs ?? 600_000,
    killSignal: 'SIGKILL',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  // A program that does not read its input is no error.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 128))
  })
  const [status, stdout, stderr] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)])
  return { status, stdout, stderr }
}

/**
 * Runs a program that must succeed, and returns its stdout without surrounding blanks.
 * @throws Error with the command, its status and the end of its output
 */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(command, options)
  if (result.status !== 0) throw new Error(describeFailure(command, result))
  return result.stdout.trim()
}

/** One text with the command line, the status and the last lines of both outputs. */
export function describeFailure(command: readonly string[], { status, stdout, stderr }: CommandResult): string {
  const output = [...lastLines(stdout), ...lastLines(stderr)].join('\n    ')
  return `${command.join(' ')}\n    exit status ${status}\n    ${output}`
}

function lastLines(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.trim().split('\n').slice(-12)
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
