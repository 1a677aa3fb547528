/**
 * A command that failed, as docker of the classic age told it: with the words in brackets, and the status 1 whatever that of
 * the command was.
 * @module
 */

/** Other failures come back as they are. */
export async function classicFailure(error: unknown): Promise<unknown> {
  const { code, message, advice, detail } = error as {
    readonly code?: unknown
    readonly message?: string
    readonly advice?: string
    readonly detail?: Readonly<Record<string, unknown>>
  }
  const words = /^The command '(.*)' returned a non-zero code: (\d+)$/s.exec(message ?? '')
  if (code !== 'COMMAND_FAILED' || words === null) return error
  const text = `The command [${words[1]}] returned a non-zero code: ${words[2]}`
  const { BuilderError } = await import('@tsreg/builder')
  return new BuilderError(code, text, { advice, detail: { ...detail, exitCode: 1 }, cause: error })
}
