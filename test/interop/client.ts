/**
 * One client of registries as the suite sees it: push, pull, list and delete in its own words, on stores of its own.
 * @module
 */

import type { Credentials } from '../harness/htpasswd.ts'
import type { Fixture, FixtureName } from './fixtures.ts'

export interface ClientContext {
  /** For its stores, sockets and configuration; the client makes it. */
  readonly directory: string
  /** `127.0.0.1:<port>` of the registry, which speaks http. */
  readonly host: string
  /** Absent: the registry asks for no login. */
  readonly credentials?: Credentials
}

export interface Client {
  readonly name: string
  readonly version: string
  /** True when a push never rewrites a manifest: then what arrives must be the fixture byte by byte. */
  readonly exact: boolean
  /** What this version says when asked for content of a kind it does not know. */
  readonly refusals: Readonly<Partial<Record<FixtureName, RegExp>>>
  /** Pushes the fixture; returns the digest the client says it pushed. */
  push(fixture: Fixture, reference: string): Promise<string>
  /** Pulls into an empty local store; returns the digest the client says it got. `fixture` tells the kind of content. */
  pull(reference: string, fixture: Fixture): Promise<string>
  /** The tags of `host/name`; absent when the client has no command for it. */
  readonly list?: (repository: string) => Promise<readonly string[]>
  /** Deletes on the registry; absent when the client has no command for it. */
  readonly delete?: (reference: string) => Promise<void>
  /** Logs out and stops what it started. */
  close(): Promise<void>
}

export type CreateClient = (context: ClientContext) => Promise<Client>

/** The only line, or the last one, of an output that ends in a digest. */
export function digestIn(text: string): string {
  const digest = text.match(/sha256:[0-9a-f]{64}/g)?.at(-1)
  if (digest === undefined) throw new Error(`no digest in the output: ${text.slice(0, 500)}`)
  return digest
}
