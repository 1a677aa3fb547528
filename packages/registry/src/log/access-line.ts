/**
 * The line that the access log has for a request.
 * @module
 */
import type { Exchange } from '../exchange.ts'

/**
 * `{"level":30,"time":...,"msg":"request","requestId":...,"method":...,"path":...,"status":...,...}` and a newline. The
 * path comes without its query. `durationMs` is until the response had left; `complete` is false when it never did.
 */
export function accessLine(exchange: Exchange, timeMs: number, durationMs: number): string {
  const { request, response, routeName, user, errorCode } = exchange
  return (
    `{"level":30,"time":${timeMs},"msg":"request","requestId":"${exchange.id}","remote":"${request.socket.remoteAddress ?? ''}"` +
    `,"method":"${request.method}","path":${quote(exchange.path)},"route":"${routeName}","status":${response.statusCode}` +
    `,"bytes":${exchange.responseBytes},"durationMs":${durationMs.toFixed(2)},"complete":${response.writableFinished}` +
    (user === undefined ? '' : `,"user":${quote(user)}`) +
    (errorCode === undefined ? '' : `,"code":"${errorCode}"`) +
    `,"userAgent":${quote(request.headers['user-agent'] ?? '')}}\n`
  )
}

const longest = 2000
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped
const needsEscape = /["\\\u0000-\u001f\u007f-\uffff]/

function quote(text: string): string {
  const short = text.length > longest ? text.slice(0, longest) : text
  return needsEscape.test(short) ? JSON.stringify(short) : `"${short}"`
}
