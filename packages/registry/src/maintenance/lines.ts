/**
 * Lines of text out of a socket. Unlike readline it ends when the socket is destroyed, however that came about.
 * @module
 */
import type { Socket } from 'node:net'

/**
 * Lines without their ends; what follows the last end is no line.
 * @throws Error for a line of more than `maxChars`; what broke the socket
 */
export async function* linesOf(socket: Socket, maxChars = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  socket.setEncoding('utf8')
  let rest = ''
  // Who wants no more lines may still want the socket.
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxChars) throw new Error(`a line has more than ${maxChars} characters`)
    yield* lines
  }
}
