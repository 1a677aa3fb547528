/**
 * Asks the person at the terminal, and reads secrets without showing them.
 * @module
 */
import { StringDecoder } from 'node:string_decoder'
import { CliError } from './errors.ts'
import { Interruption, type Invocation } from './invocation.ts'

const mostBytes = 64 * 1024

/** One line from the terminal. @throws CliError USAGE when there is no terminal to ask. */
export async function ask(question: string, { stdin, stderr, signal }: Invocation): Promise<string> {
  requireTerminal(stdin.isTTY, question)
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: stdin, output: stderr, terminal: true })
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return (await lines.question(question, { signal })).trim()
  } finally {
    lines.close()
  }
}

/** One line from the terminal that is not shown while it is typed. @throws CliError USAGE when there is no terminal. */
export async function askSecret(question: string, { stdin, stderr, signal }: Invocation): Promise<string> {
  requireTerminal(stdin.isTTY, question)
  stderr.write(question)
  stdin.setRawMode?.(true)
  const decoder = new StringDecoder('utf8')
  let secret = ''
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      signal.throwIfAborted()
      for (const character of decoder.write(chunk as Buffer)) {
        if (character === '\r' || character === '\n' || character === endOfInput) return secret
        if (character === interrupt) throw new Interruption('SIGINT')
        secret = character === '\u007f' || character === '\b' ? secret.slice(0, -1) : secret + character
      }
    }
    return secret
  } finally {
    stdin.setRawMode?.(false)
    stdin.pause()
    stderr.write('\n')
  }
}

// In raw mode the terminal sends these as characters instead of acting on them.
const interrupt = '\u0003'
const endOfInput = '\u0004'

/** All of standard input as a secret, without the newline at its end. @throws CliError USAGE when it is empty or large. */
export async function readSecret({ stdin }: Invocation): Promise<string> {
  const decoder = new StringDecoder('utf8')
  let text = ''
  for await (const chunk of stdin) {
    text += decoder.write(chunk as Buffer)
    if (text.length > mostBytes) throw new CliError('USAGE', `standard input is larger than ${mostBytes} bytes`)
  }
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') throw new CliError('USAGE', 'standard input holds no password')
  return secret
}

function requireTerminal(isTerminal: boolean | undefined, question: string): void {
  if (isTerminal) return
  throw new CliError('USAGE', `cannot ask for "${question.replace(/[: ]+$/, '')}": standard input is not a terminal`, {
    advice: 'Give --username, and the password by --password-stdin.',
  })
}
