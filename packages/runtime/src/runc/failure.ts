/**
 * What runc says when it fails, told as errors of ours: a command that is not there is the user's business, the rest runc's.
 * @module
 */
import { RuntimeError, type RuntimeErrorOptions } from '../errors.ts'

/** @param message as runc prints it or writes it into its log */
export function runcFailure(message: string, options: RuntimeErrorOptions = {}): RuntimeError {
  const text = withoutPrefixes(message)
  if (/executable file not found in \$PATH|: no such file or directory$/.test(text) && /^exec: /.test(text)) {
    return new RuntimeError('COMMAND_NOT_FOUND', text, options)
  }
  if (/^exec: .*(permission denied|is a directory)$|exec format error$/.test(text)) {
    return new RuntimeError('COMMAND_NOT_EXECUTABLE', text, options)
  }
  return new RuntimeError('RUNTIME_FAILED', text === '' ? 'runc failed and said nothing' : text, options)
}

/** The last error in runc's log (`--log-format json`); undefined when it wrote none. */
export function lastRuncError(log: string): string | undefined {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      const { level, msg } = parsed(line)
      return (level === 'error' || level === 'fatal') && typeof msg === 'string' ? [msg] : []
    })
    .at(-1)
}

function parsed(line: string): { readonly level?: unknown; readonly msg?: unknown } {
  try {
    return JSON.parse(line)
  } catch {
    // Cut off by a crash.
    return {}
  }
}

const prefixes = [
  'runc run failed: ',
  'runc create failed: ',
  'exec failed: ',
  'unable to start container process: ',
  'container_linux.go:',
  'OCI runtime error: ',
]

function withoutPrefixes(message: string): string {
  let text = message.trim()
  for (let cut = true; cut; ) {
    cut = false
    for (const prefix of prefixes) {
      if (!text.startsWith(prefix)) continue
      text = text.slice(prefix.length).trim()
      cut = true
    }
  }
  return text
}
