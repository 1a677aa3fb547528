/**
 * JSON for scripts: one document per command, indented, ended by a newline.
 * @module
 */
import { type OutputStream, print } from '../invocation.ts'

export async function printJson(stream: OutputStream, value: unknown): Promise<void> {
  await print(stream, `${withoutOrders(JSON.stringify(value, undefined, 2))}\n`)
}

/** JSON escapes the control characters below the space only; some terminals take those above the tilde as well. */
function withoutOrders(json: string): string {
  return json.replace(/[^\P{Cc}\n]/gu, (order) => `\\u00${order.charCodeAt(0).toString(16)}`)
}
