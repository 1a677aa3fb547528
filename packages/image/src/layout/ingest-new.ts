/**
 * Receiving a blob whose digest is known only at its end: into a file of `ingest/` while hashing, synced, then moved to
 * its name.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Descriptor, Digester } from '@tsreg/oci'
import { abortable } from '../files/abortable.ts'
import { BatchWriter } from '../files/batch-writer.ts'
import { makeDirectory, publishFile, removeIfPresent } from '../files/durable.ts'
import { WriteBack } from '../files/write-back.ts'
import type { LayoutPaths } from './paths.ts'

export interface NewIngest {
  readonly paths: LayoutPaths
  readonly mediaType: string
  readonly content: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal | undefined
}

/** @throws STORAGE_FULL, what the content throws, the reason of the signal */
export async function ingestNew(ingest: NewIngest): Promise<Descriptor> {
  const { paths, mediaType, signal } = ingest
  signal?.throwIfAborted()
  await mkdir(paths.ingest, { recursive: true })
  const file = join(paths.ingest, `new.${randomBytes(6).toString('hex')}.tmp`)
  const handle = await open(file, 'wx')
  let descriptor: Descriptor | undefined
  try {
    const { digest, size } = await receive(ingest, handle, file)
    await handle.sync()
    descriptor = { mediaType, digest, size }
  } finally {
    await handle.close()
    if (descriptor === undefined) await removeIfPresent(file)
  }
  const target = paths.blob(descriptor.digest)
  await makeDirectory(dirname(target))
  await publishFile(file, target, descriptor.size)
  return descriptor
}

async function receive({ content, signal }: NewIngest, handle: FileHandle, file: string) {
  const digester = new Digester()
  const writer = new BatchWriter(handle, file, 0)
  const writeBack = new WriteBack(handle, file)
  try {
    for await (const chunk of abortable(content, signal)) {
      const { byteLength } = chunk
      digester.update(chunk)
      await writer.write(chunk)
      writeBack.wrote(byteLength)
    }
  } finally {
    await writer.flush().finally(() => writeBack.settled())
  }
  return { digest: digester.digest(), size: digester.size }
}
