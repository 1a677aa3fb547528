/**
 * One blob that is larger than memory, streamed up and down.
 * @module
 */

import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { Server } from '../harness/server.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { hugeContent, MiB } from './content.ts'
import { pushStreamed, receive } from './http.ts'
import { peakMemoryMb, resetPeakMemory } from './kernel.ts'

const boundMb = 250

export async function largeBlob({ report, scale, seed, record }: SuiteContext, server: Server): Promise<void> {
  const mebibytes = scale === 'full' ? 20_000 : 2_000
  const { port } = server
  report.section(`One blob of ${mebibytes} MiB`)
  let digest = ''
  await report.check(`streamed up with less than ${boundMb} MB of server memory`, async () => {
    resetPeakMemory(server.child.pid)
    const content = hugeContent(createRandom(seed, 'large'), mebibytes)
    digest = await pushStreamed(port, 'size/large', content.chunks, content.digest)
    return bounded('largeBlobUpPeakMb')
  })
  await report.check(`streamed down with less than ${boundMb} MB of server memory`, async () => {
    resetPeakMemory(server.child.pid)
    const received = await receive({ port, method: 'GET', path: `/v2/size/large/blobs/${digest}` })
    assertEqual(received.status, 200, 'the status')
    assertEqual(received.size, mebibytes * MiB, 'the size received')
    assertEqual(received.digest, digest, 'the digest received')
    return bounded('largeBlobDownPeakMb')
  })

  function bounded(name: string): string {
    const peak = Math.round(peakMemoryMb(server.child.pid))
    record({ largeBlobBytes: mebibytes * MiB, [name]: peak })
    assertThat(peak < boundMb, `the server's peak memory is ${peak} MB, not under ${boundMb}`)
    return `peak ${peak} MB`
  }
}
