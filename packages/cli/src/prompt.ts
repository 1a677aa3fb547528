/**
 * Asks the person at the terminal, and reads secrets without showing them.
 * @module
 */
import { StringDecoder } from 'node:string_decoder'
import { CliError } from './errors.ts'
import { type InputStream, Interruption, type Invocation } from './invocation.ts'

const mostBytes = 64 * 1024

/** One line from the terminal. @throws CliError USAGE when there is no terminal to ask. */
export async function ask(question: string, { stdin, stderr, signal }: Invocation): Promise<string> {
  requireTerminal(stdin.isTTY, question)
  stderr.write(question)
  return (await readLine(stdin, signal)).trim()
}

/** One line from the terminal that is not shown while it is typed. @throws CliError USAGE when there is no terminal. */
export async function askSecret(question: string, { stdin, stderr, signal }: Invocation): Promise<string> {
  requireTerminal(stdin.isTTY, question)
  stderr.write(question)
  stdin.setRawMode?.(true)
  try {
    return await readLine(stdin, signal)
  } finally {
    stdin.setRawMode?.(false)
    stderr.write('\n')
  }
}

// In raw mode the terminal sends these as characters instead of acting on them.
const interrupt = '\u0003'
const endOfInput = '\u0004'
const erasures = ['\u007f', '\b']

/** Reads up to a newline or the end. What was typed ahead behind the newline is lost, as with other password prompts. */
function readLine(stdin: InputStream, signal: AbortSignal): Promise<string> {
  const decoder = new StringDecoder('utf8')
  let line = ''
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      stdin.off('data', take).off('end', end).off('error', fail).pause()
      signal.removeEventListener('abort', abort)
      act()
    }
    const end = () => settle(() => resolve(line))
    const fail = (error: Error) => settle(() => reject(error))
    const abort = () => settle(() => reject(signal.reason))
    const take = (chunk: Buffer) => {
      for (const character of decoder.write(chunk)) {
        if (character === '\r' || character === '\n' || character === endOfInput) return end()
        if (character === interrupt) return fail(new Interruption('SIGINT'))
        line = erasures.includes(character) ? line.slice(0, -1) : line + character
      }
    }
    signal.addEventListener('abort', abort, { once: true })
    stdin.on('data', take).on('end', end).on('error', fail).resume()
  })
}

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
