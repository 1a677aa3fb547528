/**
 * What a scripted server remembers of a request.
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Digest, Digester } from '@tsreg/oci'
import type { ScriptStep } from './step.ts'

export interface RecordedRequest {
  readonly method: string
  /** With its query, as it stands in the request line. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The first 8 MiB. */
  readonly body: Buffer
  /** Bytes of the whole body. */
  readonly bodySize: number
  /** Of the whole body. */
  readonly bodyDigest: Digest
}

const keptBytes = 8 * 1024 * 1024

/**
 * Reads the request to its end. What is handed to `begin` is filled in meanwhile, so that requests stand in the order
 * of their arrival and one whose body breaks off is remembered too.
 */
export async function recordRequest(
  request: IncomingMessage,
  step: ScriptStep | undefined,
  begin: (recorded: RecordedRequest) => void,
): Promise<RecordedRequest> {
  const digester = new Digester()
  const chunks: Buffer[] = []
  let kept = 0
  const recorded: RecordedRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    get body() {
      return Buffer.concat(chunks)
    },
    get bodySize() {
      return digester.size
    },
    get bodyDigest() {
      return digester.digest()
    },
  }
  begin(recorded)
  for await (const chunk of request as AsyncIterable<Buffer>) {
    digester.update(chunk)
    if (kept < keptBytes) chunks.push(chunk.subarray(0, keptBytes - kept))
    kept += chunk.byteLength
    if (step?.cutRequestAfterBytes !== undefined && digester.size >= step.cutRequestAfterBytes) {
      throw new Error('the script cuts the request here')
    }
  }
  return recorded
}
