/**
 * Streams that prove what they carry.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { algorithmOf, type Digest, Digester, digestOf } from '../digest.ts'
import { OciError } from '../errors.ts'

/**
 * Passes the content on while checking it. The last chunk is withheld until size and digest are proven, so that who
 * has received all bytes has received the right ones.
 * @throws SIZE_INVALID as soon as there are more bytes than described, or at the end when there are fewer.
 * @throws DIGEST_INVALID at the end, or at once for an algorithm that cannot be computed.
 */
export async function* verifyContent(
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = new Digester(algorithmOf(descriptor.digest))
  let withheld: Uint8Array | undefined
  for await (const chunk of content) {
    if (chunk.byteLength === 0) continue
    if (digester.size + chunk.byteLength > descriptor.size) throw wrongSize(descriptor, undefined)
    digester.update(chunk)
    if (withheld !== undefined) yield withheld
    withheld = chunk
  }
  if (digester.size !== descriptor.size) throw wrongSize(descriptor, digester.size)
  checkDigest(descriptor, digester.digest())
  if (withheld !== undefined) yield withheld
}

/** The bytes, when they are those described. @throws SIZE_INVALID, DIGEST_INVALID */
export function verified(descriptor: Pick<Descriptor, 'digest' | 'size'>, bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength !== descriptor.size) throw wrongSize(descriptor, bytes.byteLength)
  checkDigest(descriptor, digestOf(bytes, algorithmOf(descriptor.digest)))
  return bytes
}

/**
 * All of the content in memory.
 * @throws SIZE_INVALID when there are more bytes than the limit; what came before is dropped.
 */
export async function readAll(content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of content) {
    size += chunk.byteLength
    if (size > limitBytes) {
      throw new OciError('SIZE_INVALID', `content is larger than the limit of ${limitBytes} bytes`, {
        detail: { limit: limitBytes },
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

function checkDigest({ digest }: Pick<Descriptor, 'digest'>, received: Digest): void {
  if (received === digest) return
  throw new OciError('DIGEST_INVALID', `content has digest ${received}, expected ${digest}`, {
    detail: { expected: digest, received },
  })
}

function wrongSize({ digest, size }: Pick<Descriptor, 'digest' | 'size'>, received: number | undefined): OciError {
  const got = received === undefined ? 'more' : `${received}`
  return new OciError('SIZE_INVALID', `content of ${digest} has ${got} bytes, expected ${size}`, {
    detail: { digest, expected: size, ...(received === undefined ? {} : { received }) },
  })
}
