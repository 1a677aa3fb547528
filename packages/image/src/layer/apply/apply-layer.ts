/**
 * Unpacking one layer into a directory.
 * @module
 */
import { closeSync } from 'node:fs'
import { OciError, parseDigest } from '@tsreg/oci'
import { abortable, orAborted } from '../../files/abortable.ts'
import { takeFile } from '../../files/read.ts'
import { writeError } from '../../files/system-error.ts'
import type { AppliedLayer, ApplyOptions } from './options.ts'
import { type ApplyThread, startThread } from './thread.ts'

/**
 * Unpacks a layer as it streams by: decompresses (gzip, zstd or nothing, told by its first bytes), hashes and writes in one
 * pass, in a thread of its own. A few megabytes are in memory, however large the layer is. What is a file of a layout, that
 * thread also reads.
 *
 * Nothing outside the directory is touched, whatever the layer says. After a failure the directory holds a part of the layer
 * and is good for nothing but to be removed; nothing is written any more once the promise is settled. Nothing is synced.
 * @param directory exists; empty for `overlay`
 * @throws LAYER_INVALID, LAYER_TOO_LARGE, ARCHIVE_UNSUPPORTED, PRIVILEGE_NEEDED, SYSCALL_UNAVAILABLE, STORAGE_FULL, what the
 * content throws, the reason of the signal
 */
export async function applyLayer(
  content: AsyncIterable<Uint8Array>,
  directory: string,
  options: ApplyOptions,
): Promise<AppliedLayer> {
  const { signal } = options
  signal?.throwIfAborted()
  const file = takeFile(content)
  const thread = startThread(directory, options, file)
  const leaving = new AbortController()
  const either = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal])
  try {
    // Whichever fails first counts; the other one is told and waited for.
    const fed = file === undefined ? feed(abortable(content, either), thread) : orAborted(thread.done, either)
    const { kind, diffId, ...applied } = await Promise.race([thread.done, fed.then(() => thread.done)])
    return { ...applied, diffId: parseDigest(`sha256:${diffId}`) }
  } catch (error) {
    leaving.abort(error)
    thread.stop()
    signal?.throwIfAborted()
    throw error instanceof OciError ? error : writeError(error, directory)
  } finally {
    await thread.ended
    if (file !== undefined) closeSync(file)
  }
}

async function feed(content: AsyncIterable<Uint8Array>, thread: ApplyThread): Promise<void> {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.byteLength; at += maxMessageBytes) {
      await thread.send(chunk.subarray(at, at + maxMessageBytes))
    }
  }
  thread.end()
}

/** A caller may hand over a layer as one chunk. */
const maxMessageBytes = 1024 * 1024
