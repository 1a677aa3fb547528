/**
 * 500 clients pulling at once, of blobs that fit the memory cache and of some that do not.
 * @module
 */

import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { Server } from '../harness/server.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { hugeContent, MiB } from './content.ts'
import { open, pushStreamed } from './http.ts'
import { peakMemoryMb, resetPeakMemory } from './kernel.ts'

const clients = 500
const boundMb = 400

export async function parallelPulls({ report, scale, seed, record }: SuiteContext, server: Server): Promise<void> {
  const sizes = scale === 'full' ? [20, 40, 72, 100] : [8, 16, 24, 72]
  const { port, child } = server
  report.section(`${clients} parallel pulls`)
  await report.check(`all complete with less than ${boundMb} MB of server memory`, async () => {
    const blobs: { digest: string; size: number }[] = []
    for (const size of sizes) {
      const content = hugeContent(createRandom(seed, `pull ${size}`), size)
      blobs.push({ digest: await pushStreamed(port, 'size/pulls', content.chunks, content.digest), size: size * MiB })
    }
    resetPeakMemory(child.pid)
    // Every response is open before the first is read: all 500 are under way at once.
    const responses = await Promise.all(
      Array.from({ length: clients }, (_, i) => {
        const blob = blobs[i % blobs.length]
        return open({ port, method: 'GET', path: `/v2/size/pulls/blobs/${blob?.digest}` })
      }),
    )
    const sizesReceived = await Promise.all(
      responses.map(async (response) => {
        let size = 0
        for await (const chunk of response) size += chunk.length
        return size
      }),
    )
    for (const [i, size] of sizesReceived.entries())
      assertEqual(size, blobs[i % blobs.length]?.size, `the size client ${i} received`)
    const peak = Math.round(peakMemoryMb(child.pid))
    record({ parallelPulls: clients, parallelPullsPeakMb: peak })
    assertThat(peak < boundMb, `the server's peak memory is ${peak} MB, not under ${boundMb}`)
    return `peak ${peak} MB, ${Math.round(sizesReceived.reduce((a, b) => a + b, 0) / 1e6)} MB sent`
  })
}
