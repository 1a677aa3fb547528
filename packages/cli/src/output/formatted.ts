/**
 * Rows printed by the template of `--format`. Only who types one loads the language of templates.
 * @module
 */
import { type OutputStream, print } from '../invocation.ts'

/** @throws CliError USAGE naming the part of the template that is not understood */
export async function printFormatted(stream: OutputStream, template: string, rows: readonly object[]): Promise<void> {
  const { formatRows } = await import('./template.ts')
  await print(stream, formatRows(template, rows))
}
