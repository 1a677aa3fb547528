/**
 * Who may do what: the one question the routes ask before they touch the storage.
 * @module
 */

import type { Access } from '@tsreg/oci/distribution'

/** The repository name in an {@link Access} that stands for every repository, those to come included. */
export const anyRepository = '*'

/** What a request brought along. Never logged. */
export type Credentials =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'malformed' }

export interface Grant {
  readonly allowed: true
  /** Name for the log; absent for an anonymous caller. */
  readonly user?: string
}

export interface Challenge {
  readonly allowed: false
  /** `UNAUTHORIZED`: other credentials would help. `DENIED`: these are good, but not enough. `TOOMANYREQUESTS`: not checked. */
  readonly code: 'UNAUTHORIZED' | 'DENIED' | 'TOOMANYREQUESTS'
  readonly message: string
  /** Value of `WWW-Authenticate`. */
  readonly authenticate?: string
}

export type Decision = Grant | Challenge

export interface AccessController {
  /**
   * Decides about all of `access` together; an empty list asks only whether the caller may come in (`GET /v2/`).
   * The answer comes at once where it is known at once, as a promise where it has to be worked out.
   */
  authorize(credentials: Credentials, access: readonly Access[]): Decision | Promise<Decision>
  /**
   * Value of `WWW-Authenticate` for a `GET /v2/` that is answered 200: clients which ask once at the start learn there
   * how to log in for a push although a pull needs no login.
   */
  readonly invitation?: string
  close(): void
}

/** Grants everything to everybody: for a loopback address, or behind a guard of its own. */
export function openAccess(): AccessController {
  const grant: Grant = { allowed: true }
  return { authorize: () => grant, close: () => {} }
}
