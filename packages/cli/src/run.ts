/**
 * One run of the command: parse, do, and turn whatever happened into output and an exit code.
 * @module
 */
import { CommanderError } from 'commander'
import { CliError, type ErrorReport, reportOf } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { ExitStatus, OutputGone } from './exit-status.ts'
import { type Invocation, print } from './invocation.ts'
import { flushOutput } from './output/flush.ts'
import { printJson } from './output/json.ts'
import { createProgram } from './program.ts'

/**
 * @param argv the words after `tsreg`.
 * @returns the exit code, never throws.
 */
export async function run(argv: readonly string[], invocation: Invocation): Promise<number> {
  const words = argv.length === 0 ? ['--help'] : argv
  try {
    const code = await runVerb(words, invocation)
    await flushOutput(invocation)
    return code
  } catch (error) {
    // Whoever left in a hurry does not wait for readers either.
    return error instanceof OutputGone ? error.status : reportOf(error).exitCode
  }
}

/** @throws OutputGone, Interruption; everything else is told, and has its code */
async function runVerb(words: readonly string[], invocation: Invocation): Promise<number> {
  try {
    await createProgram(invocation, words[0]).parseAsync([...words], { from: 'user' })
    return exitCodes.ok.code
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok.code
    if (error instanceof OutputGone) throw error
    if (error instanceof ExitStatus) return error.status
    const report = reportOf(error instanceof CommanderError ? usageError(error) : error)
    await tell(report, wantsJson(words), invocation)
    if (report.code === 'ABORTED') throw error
    return report.exitCode
  }
}

/** Commander's message, with its "(Did you mean x?)" as advice. */
function usageError(error: CommanderError): CliError {
  const [first = '', ...rest] = error.message.split('\n')
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  return new CliError('USAGE', first.replace(/^error: /, ''), {
    advice: suggestion === '' ? 'See "tsreg help" for the verbs and "tsreg VERB --help" for the flags.' : suggestion,
  })
}

function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).includes('--json')
}

async function tell(report: ErrorReport, json: boolean, { stdout, stderr }: Invocation): Promise<void> {
  if (json) {
    const { exitCode, ...error } = report
    await printJson(stdout, { error })
    return
  }
  if (report.code === 'ABORTED') {
    stderr.write('\n')
    return
  }
  const advice = report.advice === undefined ? '' : `  ${report.advice}\n`
  await print(stderr, `Error: ${report.message}\n${advice}`)
}
