/**
 * The thread that hashes: digests of any number of streams, each of blocks of shared memory, in the order in which they are
 * sent. Every message is answered, also in that order.
 *
 * Imports node's own modules only.
 * @module
 */
import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** Of the stream `id`: its next bytes, or what its digest is now, after which it goes on; `end` forgets it. */
export type ToHasher = { readonly id: number; readonly algorithm: string } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'digest' }
  | { readonly kind: 'end' }
)

/** Hexadecimal digits for `digest`, else nothing. */
export type FromHasher = string | undefined

const hashes = new Map<number, Hash>()

parentPort?.on('message', (message: ToHasher) => {
  parentPort?.postMessage(answer(message))
})

function answer(message: ToHasher): FromHasher {
  const { id, algorithm } = message
  const hash = hashes.get(id) ?? createHash(algorithm)
  hashes.set(id, hash)
  if (message.kind === 'bytes') hash.update(message.bytes)
  else if (message.kind === 'digest') return hash.copy().digest('hex')
  else hashes.delete(id)
  return undefined
}
