/**
 * `npm run test:size`: large blobs, many pulls, slow clients and small chunks, with the server's memory and the bytes it
 * writes counted by the kernel.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../harness/server.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { largeBlob } from './large-blob.ts'
import { parallelPulls } from './parallel-pulls.ts'
import { slowClients } from './slow-clients.ts'
import { smallChunks } from './small-chunks.ts'

const parts = { largeBlob, parallelPulls, slowClients, smallChunks } as const

await runSuite({ script: 'test:size', tools: [], flags: { only: { type: 'string' } } }, async (context) => {
  for (const [name, part] of Object.entries(parts)) {
    if (context.flags.only === undefined || context.flags.only === name) await onFreshServer(context, name, part)
  }
})

/** Each part has a server of its own, so that no peak is another part's. */
async function onFreshServer(
  context: SuiteContext,
  name: string,
  part: (typeof parts)[keyof typeof parts],
): Promise<void> {
  const { server: kind, directory } = context
  const data = join(directory, name)
  await mkdir(data)
  const server = await startServer({ kind, directory: data })
  try {
    await part(context, server)
  } finally {
    await server.stop()
  }
}
