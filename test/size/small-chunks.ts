/**
 * Uploads in many small chunks: what the disk has to take grows with the number of chunks, not with its square.
 * @module
 */
import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { Server } from '../harness/server.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { MiB } from './content.ts'
import { receive, send, withDigest } from './http.ts'
import { bytesWritten } from './kernel.ts'

/** What one chunk may cost beside its own bytes: a commit's pages in the log, and again when the log is folded in. */
const overheadPerChunk = 96 * 1024
/** How often each byte may be written: once into the log or a file, once folded in, and merged with its neighbours. */
const timesPerByte = 8
/** The last quarter may cost this much more than the first: merging is n log n, quadratic writing would be 7 times. */
const growth = 1.7

export async function smallChunks(context: SuiteContext, server: Server): Promise<void> {
  const full = context.scale === 'full'
  context.report.section('Uploads in small chunks')
  await uploadInChunks(context, server, { size: 64 * MiB, chunk: 64 * 1024 })
  await uploadInChunks(context, server, { size: full ? MiB : 16 * 1024, chunk: 1 })
}

interface Chunked {
  readonly size: number
  readonly chunk: number
}

async function uploadInChunks(
  { report, seed, record }: SuiteContext,
  server: Server,
  { size, chunk }: Chunked,
): Promise<void> {
  const { port, child } = server
  const chunks = size / chunk
  await report.check(
    `${size} bytes in ${chunks} chunks of ${chunk}: written bytes grow with the chunks, not with their square`,
    async () => {
      const content = createRandom(seed, `chunks ${chunk}`).bytes(size)
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const started = await send({ port, agent, method: 'POST', path: '/v2/size/chunks/blobs/uploads/' }, 202)
      let location = started.location ?? ''
      const marks = [bytesWritten(child.pid)]
      for (let number = 0; number < chunks; number++) {
        const at = number * chunk
        const headers = {
          'content-type': 'application/octet-stream',
          'content-range': `${at}-${at + chunk - 1}`,
          'content-length': chunk,
        }
        const body = [content.subarray(at, at + chunk)]
        const patched = await send({ port, agent, method: 'PATCH', path: location, headers, body }, 202)
        assertEqual(patched.range, `0-${at + chunk - 1}`, 'the range after a chunk')
        location = patched.location ?? ''
        if ((number + 1) % (chunks / 4) === 0) marks.push(bytesWritten(child.pid))
      }
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
      await send({ port, agent, method: 'PUT', path: withDigest(location, digest) }, 201)
      const written = bytesWritten(child.pid) - (marks[0] ?? 0)
      const quarters = marks.slice(1).map((mark, i) => mark - (marks[i] ?? 0))
      agent.destroy()
      assertEqual(
        (await receive({ port, method: 'GET', path: `/v2/size/chunks/blobs/${digest}` })).digest,
        digest,
        'the digest received',
      )
      record({ [`chunksOf${chunk}`]: { chunks, size, written, quarters } })
      const bound = size * timesPerByte + chunks * overheadPerChunk
      assertThat(written <= bound, `${written} bytes were written, more than ${bound}`)
      const [first = 0, , , last = 0] = quarters
      assertThat(last <= first * growth, `the last quarter wrote ${last} bytes, the first ${first}`)
      return `${(written / 1e6).toFixed(1)} MB written, quarters ${quarters.map((each) => (each / 1e6).toFixed(1)).join(' ')}`
    },
  )
}
