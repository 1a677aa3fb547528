/**
 * What goes wrong on the client's side of the wire: one row per code with what it means and what to do about it. Codes
 * that a registry sends are those of `@tsreg/oci` and stay an {@link OciError}.
 * @module
 */

/** What a code means, and what the person at the keyboard can do. */
export interface ClientErrorRow {
  readonly message: string
  readonly advice: string
}

export const clientErrorCodes = {
  CREDENTIALS: {
    message: 'credentials could not be read, stored or used',
    advice: 'check the docker config.json and its credential helper, or log in again',
  },
  NETWORK: {
    message: 'the connection failed',
    advice: 'check the address, the network and the proxy; the operation may be repeated',
  },
  PROTOCOL: {
    message: 'the server did not keep to the protocol',
    advice: 'check that the address is that of a registry and that no proxy changes its answers',
  },
  REDIRECT: {
    message: 'a redirect could not be followed',
    advice: 'check the external address that the registry or its proxy is configured with',
  },
  SERVER: {
    message: 'the server failed',
    advice: 'try again later, or give the request id to whoever runs the registry',
  },
  TIMEOUT: {
    message: 'the server did not go on in time',
    advice: 'try again, or raise the time limits',
  },
  TLS: {
    message: 'no secure connection could be made',
    advice: 'check the certificate and its authority',
  },
  TOO_LARGE: {
    message: 'an answer was larger than its limit',
    advice: 'check that the address is that of a registry',
  },
} as const satisfies Record<string, ClientErrorRow>

/** The closed set of {@link ClientError} codes. */
export type ClientErrorCode = keyof typeof clientErrorCodes
