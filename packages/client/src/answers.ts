/**
 * Reads the JSON that registries answer with, and believes none of it unseen.
 * @module
 */
import { type Descriptor, isDigest } from '@tsreg/oci'
import { ClientError } from './errors.ts'
import { header, type RegistryResponse, requestIdOf } from './transport/dispatch.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** @throws ClientError PROTOCOL when the body is not a JSON object, with its type and beginning. */
export function readObject(response: RegistryResponse, operation: string): JsonObject {
  const value = parseJson(response.bytes)
  if (isObject(value)) return value
  const type = header(response, 'content-type') ?? 'no type'
  const start = Buffer.from(response.bytes.subarray(0, 200)).toString().trim().slice(0, 80)
  throw broken(response, `${operation}: the answer is not a JSON object but ${type}: ${JSON.stringify(start)}`)
}

/** The strings of a list; `null`, as some registries write an empty one, is none. @throws ClientError PROTOCOL */
export function readStrings(response: RegistryResponse, operation: string, field: string): readonly string[] {
  const list = readObject(response, operation)[field] ?? []
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list as string[]
  throw broken(response, `${operation}: "${field}" of the answer is not a list of strings`)
}

/** The value as a descriptor; undefined when it is none. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (!isObject(value) || typeof value.mediaType !== 'string' || typeof value.digest !== 'string') return undefined
  if (!isDigest(value.digest) || !Number.isSafeInteger(value.size) || Number(value.size) < 0) return undefined
  return value as unknown as Descriptor
}

/** The parsed text, or undefined when it is not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A ClientError PROTOCOL about an answer. */
export function broken(response: RegistryResponse, what: string): ClientError {
  return new ClientError('PROTOCOL', what, {
    host: response.url.host,
    status: response.status,
    requestId: requestIdOf(response),
    attempts: response.attempts,
  })
}
