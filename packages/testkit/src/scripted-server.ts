/**
 * An HTTP server that plays a script: a test declares which requests come and what each is answered, faults of the
 * connection included, and fails when others come or some do not.
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RecordedRequest, recordRequest } from './scripted-server/record.ts'
import { reply } from './scripted-server/reply.ts'
import { describeStep, matches, type ScriptStep } from './scripted-server/step.ts'

export type { RecordedRequest } from './scripted-server/record.ts'
export type { ExpectedRequest, ScriptedReply, ScriptStep } from './scripted-server/step.ts'

export interface ScriptedServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  readonly url: string
  /** `127.0.0.1:<port>`: a registry as it stands in a reference. */
  readonly host: string
  /** Every request so far, the unexpected ones too, in the order of their arrival. */
  readonly requests: readonly RecordedRequest[]
  /** @throws Error naming the steps that no request has taken, and the requests that no step expected. */
  assertDone(): void
  /** Closes the server and all its connections. */
  close(): Promise<void>
}

export interface ScriptOptions {
  /**
   * Requests must come in the order of the steps. Without it a request takes the first free step that fits.
   * @default false
   */
  readonly ordered?: boolean
}

/**
 * Serves on a free port of 127.0.0.1. With `await using` it is closed at the end of the block, and
 * {@link ScriptedServer.assertDone} is asserted. An unexpected request is answered with status 599.
 */
export async function scriptedServer(
  script: readonly ScriptStep[],
  { ordered = false }: ScriptOptions = {},
): Promise<ScriptedServer> {
  const steps = script.map((step) => ({ step, left: step.times ?? 1 }))
  const requests: RecordedRequest[] = []
  const unexpected: string[] = []

  const take = (request: IncomingMessage): ScriptStep | undefined => {
    const free = steps.filter(({ left }) => left > 0)
    const candidates = ordered ? free.slice(0, 1) : free
    const found = candidates.find(({ step }) => matches(step, request))
    if (found !== undefined) found.left--
    return found?.step
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const step = take(request)
    const recorded = await recordRequest(request, step, (begun) => requests.push(begun))
    if (step !== undefined) return reply(step, recorded, response)
    unexpected.push(`${recorded.method} ${recorded.path}`)
    response.writeHead(599).end(`no step of the script expects ${recorded.method} ${recorded.path}`)
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A request that has broken off no longer knows its socket.
    const { socket } = request
    answer(request, response).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  const assertDone = (): void => {
    const missing = steps.filter(({ step, left }) => left > 0 && step.times !== Number.POSITIVE_INFINITY)
    if (missing.length === 0 && unexpected.length === 0) return
    const lines = [
      ...unexpected.map((request) => `  unexpected: ${request}`),
      ...missing.map(({ step, left }) => `  did not come (${left} times): ${describeStep(step)}`),
    ]
    throw new Error(`the script was not played as written\n${lines.join('\n')}`)
  }
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return {
    url: `http://${host}`,
    host,
    requests,
    assertDone,
    close,
    [Symbol.asyncDispose]: async () => {
      await close()
      assertDone()
    },
  }
}
