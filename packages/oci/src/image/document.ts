/**
 * Reading the JSON documents of image-spec: bytes to values, with a failure that names the place in the document.
 * @module
 */
import { OciError } from '../errors.ts'

/** A JSON object whose fields have not been looked at. */
export type JsonObject = Readonly<Record<string, unknown>>

/** @throws MANIFEST_INVALID naming the place, for example `layers[3].size`, and what is wrong there. */
export function invalid(path: string, why: string, cause?: unknown): OciError {
  return new OciError('MANIFEST_INVALID', `manifest invalid: ${path === '' ? '' : `${path}: `}${why}`, {
    detail: path === '' ? { reason: why } : { path, reason: why },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The JSON object that the bytes hold. @throws MANIFEST_INVALID for invalid UTF-8, malformed JSON and other values. */
export function decodeObject(bytes: Uint8Array): JsonObject {
  const text = attempt(
    () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
    'not valid UTF-8',
  )
  return objectAt(
    attempt<unknown>(() => JSON.parse(text), 'not JSON'),
    '',
  )
}

function attempt<T>(read: () => T, otherwise: string): T {
  try {
    return read()
  } catch (error) {
    throw invalid('', `the document is ${otherwise}`, error)
  }
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw invalid(path, `expected an object, got ${show(value)}`)
}

export function stringAt(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw invalid(path, `expected a string, got ${show(value)}`)
}

export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw invalid(path, `expected an array, got ${show(value)}`)
}

export function stringsAt(value: unknown, path: string): readonly string[] {
  return arrayAt(value, path).map((item, index) => stringAt(item, `${path}[${index}]`))
}

/** An object of strings, such as annotations, copied so that no key can reach a prototype. */
export function stringMapAt(value: unknown, path: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectAt(value, path))
  return Object.fromEntries(entries.map(([key, item]) => [key, stringAt(item, `${path}[${show(key)}]`)]))
}

/** The field's value, or undefined when it is absent or null: writers in Go leave nulls behind. */
export function optional<T>(
  object: JsonObject,
  key: string,
  path: string,
  read: (value: unknown, path: string) => T,
): T | undefined {
  const value = object[key]
  return value === undefined || value === null ? undefined : read(value, join(path, key))
}

/** `layers[0]` and `size` make `layers[0].size`. */
export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** A value for a message: its kind, or its beginning. Never walks into a document of a stranger. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : String(value)
}
