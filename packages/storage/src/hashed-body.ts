/**
 * The body of an upload in one request: hashed as it goes by, its end refused when it is not what was announced.
 * @module
 */
import { algorithmOf, type Digest, Digester } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { nextChunk, sizeInvalid } from './receive.ts'
import { refuseWrongDigest } from './verify-bytes.ts'

export interface HashedBodyOptions extends OperationOptions {
  readonly content: AsyncIterable<Uint8Array>
  readonly digest: Digest
  readonly size: number | undefined
}

export interface HashedBody {
  /** The whole verified body when it has at most `limit` bytes; undefined when it is longer: then take {@link rest}. */
  readSmall(limit: number): Promise<Buffer | undefined>
  /** All bytes, from the first. Its end is reached only when size and digest are right. */
  rest(): AsyncGenerator<Uint8Array>
  /** Bytes so far. */
  size(): number
  /** Releases the content, ended or not. */
  close(): void
}

/** @throws DIGEST_INVALID, SIZE_INVALID from its methods, and ContentFailure when the content fails */
export function hashedBody({ content, digest, size: announced, signal }: HashedBodyOptions): HashedBody {
  const iterator = content[Symbol.asyncIterator]()
  const digester = new Digester(algorithmOf(digest))
  const head: Uint8Array[] = []
  let ended = false

  async function pull(): Promise<Uint8Array | undefined> {
    const { done, value } = await nextChunk(iterator, signal)
    if (done !== true) {
      digester.update(value)
      if (announced !== undefined && digester.size > announced) throw sizeInvalid(announced, digester.size)
      return value
    }
    ended = true
    if (announced !== undefined && digester.size !== announced) throw sizeInvalid(announced, digester.size)
    refuseWrongDigest(digest, digester.digest(), digester.size)
    return undefined
  }

  return {
    size: () => digester.size,

    async readSmall(limit) {
      while (digester.size <= limit) {
        const chunk = await pull()
        if (chunk === undefined) return Buffer.concat(head)
        head.push(chunk)
      }
      return undefined
    },

    async *rest() {
      yield* head.splice(0)
      for (let chunk = await pull(); chunk !== undefined; chunk = await pull()) yield chunk
    },

    close() {
      if (!ended) iterator.return?.().catch(() => {})
    },
  }
}
