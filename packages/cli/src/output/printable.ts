/**
 * Text of strangers for a terminal: names, labels and answers may hold orders to it.
 * @module
 */

/**
 * The text with control characters, and those that turn the direction of writing, as `\xHH` or `\u{HHHH}`. Tabs and ends of
 * lines stay.
 */
export function printable(text: string): string {
  return orders.test(text) ? text.replace(everyOrder, escaped) : text
}

/** As {@link printable}, for what must stay on one line: tabs and ends of lines are escaped as well. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

const orders = /[^\P{Cc}\t\n]|\p{Bidi_Control}/u
const everyOrder = new RegExp(orders, 'gu')

function escaped(order: string): string {
  const code = order.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
