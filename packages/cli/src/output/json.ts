/**
 * JSON for scripts: one document per command, indented, ended by a newline.
 * @module
 */
import { type OutputStream, print } from '../invocation.ts'

export async function printJson(stream: OutputStream, value: unknown): Promise<void> {
  await print(stream, `${withoutOrders(JSON.stringify(value, undefined, 2))}\n`)
}

/** JSON itself escapes the control characters below the space only. */
function withoutOrders(json: string): string {
  return json.replace(orders, (order) => `\\u${order.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** See `printable`; an end of a line is one between the fields. */
const orders = /[^\P{Cc}\n]|\p{Bidi_Control}/gu
