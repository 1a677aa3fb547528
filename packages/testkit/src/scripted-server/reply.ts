/**
 * Sending the reply of a step, with the faults it asks for.
 * @module
 */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { cut, stalling } from '../faulty-stream.ts'
import type { RecordedRequest } from './record.ts'
import type { ScriptedReply, ScriptStep } from './step.ts'

/** Resolves when the reply has been sent as far as the step wants it. */
export async function reply(step: ScriptStep, request: RecordedRequest, response: ServerResponse): Promise<void> {
  const { response: scripted = {} } = step
  const answer = typeof scripted === 'function' ? scripted(request) : scripted
  if (answer.delayMs !== undefined) await delay(answer.delayMs)
  if (answer.hangUp === true) {
    response.socket?.destroy()
    return
  }
  if (answer.garbage !== undefined) {
    response.socket?.end(answer.garbage)
    return
  }
  const { content, type, size } = bodyOf(answer.body)
  if (type !== undefined) response.setHeader('content-type', type)
  // A 204 has neither a body nor its length.
  if (size !== undefined && answer.status !== 204) response.setHeader('content-length', size)
  response.writeHead(answer.status ?? 200, answer.headers)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  await send(answer, content, response)
}

async function send(
  { cutAfterBytes, stallAfterBytes }: ScriptedReply,
  content: AsyncIterable<Uint8Array>,
  response: ServerResponse,
): Promise<void> {
  response.flushHeaders()
  if (cutAfterBytes !== undefined) {
    await write(cut(content, cutAfterBytes), response)
    response.socket?.destroySoon()
    return
  }
  const whole = stallAfterBytes === undefined ? content : stalling(content, stallAfterBytes)
  await pipeline(Readable.from(whole, { objectMode: false }), response)
}

/** Writes without ending the response, so that the connection can be broken off. */
async function write(content: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  for await (const chunk of content) {
    await new Promise<void>((resolve, reject) => {
      response.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
  }
}

interface Body {
  readonly content: AsyncIterable<Uint8Array>
  readonly type?: string
  readonly size?: number
}

function bodyOf(body: ScriptedReply['body']): Body {
  if (body === undefined) return inMemory(Buffer.alloc(0))
  if (typeof body === 'string') return inMemory(Buffer.from(body))
  if (body instanceof Uint8Array) return inMemory(body)
  if (Symbol.asyncIterator in body) return { content: body as AsyncIterable<Uint8Array> }
  return { ...inMemory(Buffer.from(JSON.stringify(body))), type: 'application/json' }
}

function inMemory(bytes: Uint8Array): Body {
  return {
    content: Readable.from(bytes.byteLength === 0 ? [] : [bytes], { objectMode: false }),
    size: bytes.byteLength,
  }
}
