/**
 * The `Authorization` header (RFC 9110 section 11.6.2, RFC 7617).
 * @module
 */
import type { Credentials } from './controller.ts'

const none: Credentials = { scheme: 'none' }
const malformed: Credentials = { scheme: 'malformed' }

/**
 * Never throws: what cannot be read is `malformed`, and gets a challenge like a wrong password. Basic credentials with
 * neither a name nor a password count as none, because some clients send them for anonymous pulls.
 */
export function parseCredentials(header: string | undefined): Credentials {
  if (header === undefined || header === '') return none
  const space = header.indexOf(' ')
  const scheme = header.slice(0, space).toLowerCase()
  const value = header.slice(space + 1).trim()
  if (scheme === 'basic') return parseBasic(value)
  if (scheme === 'bearer' && value !== '') return { scheme: 'bearer', token: value }
  return malformed
}

function parseBasic(value: string): Credentials {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return malformed
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return malformed
  if (text.length === 1) return none
  return { scheme: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
}
