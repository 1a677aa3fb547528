/**
 * The htpasswd format: one `user:hash` per line, bcrypt hashes only.
 * @module
 */

/** User name to bcrypt hash. */
export type Users = ReadonlyMap<string, string>

/** A line that cannot be used. The message names the line, never its hash. */
export class HtpasswdError extends Error {
  override readonly name = 'HtpasswdError'
  readonly line: number

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`)
    this.line = line
  }
}

const bcryptHash = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/
const advice = 'only bcrypt is accepted: htpasswd -B FILE USER'

/**
 * Blank lines and lines that begin with `#` are passed over. Hashes come back as `$2b$`, the name under which every
 * bcrypt library knows what Apache's htpasswd calls `$2y$`.
 * @throws HtpasswdError
 */
export function parseHtpasswd(text: string): Users {
  const users = new Map<string, string>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    if (colon < 1) throw new HtpasswdError(index + 1, 'is not USER:HASH')
    const user = line.slice(0, colon)
    const hash = line.slice(colon + 1)
    if (!bcryptHash.test(hash)) throw new HtpasswdError(index + 1, `user ${user} has ${kindOf(hash)}; ${advice}`)
    if (users.has(user)) throw new HtpasswdError(index + 1, `user ${user} stands there twice`)
    users.set(user, `$2b$${hash.slice(4)}`)
  }
  return users
}

function kindOf(hash: string): string {
  if (hash.startsWith('$apr1$')) return 'an MD5 hash'
  if (hash.startsWith('{SHA}')) return 'an unsalted SHA-1 hash'
  if (/^\$[56]\$/.test(hash)) return 'a SHA-crypt hash'
  if (hash.startsWith('$2')) return 'a damaged bcrypt hash'
  return 'a crypt hash or a clear password'
}
