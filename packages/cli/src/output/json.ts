/**
 * JSON for scripts: one document per command, indented, ended by a newline.
 * @module
 */
import { type OutputStream, print } from '../invocation.ts'

export async function printJson(stream: OutputStream, value: unknown): Promise<void> {
  await print(stream, `${JSON.stringify(value, undefined, 2)}\n`)
}
