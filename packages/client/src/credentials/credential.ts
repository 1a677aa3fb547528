/**
 * What a registry can be shown to prove who asks.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'

export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A refresh token, shown only to the token service of the registry (docker's `identitytoken`). */
  | { readonly kind: 'identity-token'; readonly token: string; readonly username?: string | undefined }
  /** A ready-made bearer token (docker's `registrytoken`). */
  | { readonly kind: 'registry-token'; readonly token: string }

/**
 * Finds the credential for a registry: undefined means anonymous.
 * @param host as it stands in references, for example `docker.io` or `localhost:5000`.
 * @throws ClientError CREDENTIALS; the client then goes on without and tells the cause when it is denied.
 */
export type CredentialSource = (host: string, options?: OperationOptions) => Promise<Credential | undefined>

/** A source that knows one credential. The options of `openRegistry` name it for one host only. */
export function staticCredentials(credential: Credential | undefined): CredentialSource {
  return () => Promise.resolve(credential)
}

/** Asks one source after the other until one knows a credential. */
export function firstCredentials(...sources: readonly CredentialSource[]): CredentialSource {
  return async (host, options) => {
    for (const source of sources) {
      const credential = await source(host, options)
      if (credential !== undefined) return credential
    }
    return undefined
  }
}
