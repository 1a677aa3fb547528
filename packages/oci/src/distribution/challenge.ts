/**
 * `WWW-Authenticate` challenges (RFC 9110, section 11.6; token authentication of distribution).
 * @module
 */
import { type Access, formatScopes } from './scope.ts'

/** One challenge, for example `Bearer realm="https://auth.example/token",service="registry"`. */
export interface Challenge {
  /** Lower case: `basic` or `bearer`. */
  readonly scheme: string
  /** Names in lower case; the first of a name counts. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads the challenges of one or several header values; text that is none is passed over. */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  const values = typeof header === 'string' ? [header] : (header ?? [])
  return values.flatMap((value) => parseValue(value.slice(0, maxLength)))
}

export interface BearerChallenge {
  /** URL of the token service. */
  readonly realm: string
  readonly service: string
  /** What the request needed; none for the base endpoint. */
  readonly access?: readonly Access[]
  /** Why a token that was sent is not enough. */
  readonly error?: 'invalid_token' | 'insufficient_scope'
}

/** `Bearer realm="...",service="...",scope="..."` */
export function formatBearerChallenge({ realm, service, access = [], error }: BearerChallenge): string {
  const scope = access.length === 0 ? '' : `,scope=${quote(formatScopes(access))}`
  return `Bearer realm=${quote(realm)},service=${quote(service)}${scope}${error === undefined ? '' : `,error="${error}"`}`
}

/** `Basic realm="...", charset="UTF-8"` (RFC 7617) */
export function formatBasicChallenge(realm: string): string {
  return `Basic realm=${quote(realm)}, charset="UTF-8"`
}

const maxLength = 16 * 1024
const maxParameters = 64
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const separators = /[\s,]*/y
const assignment = /\s*=\s*/y
const quoted = /"((?:[^"\\]|\\.)*)"/sy
const bare = /[^\s,"]+/y

/**
 * `scheme name=value, name="value", scheme ...`: a token before `=` names a parameter, any other begins a challenge.
 */
function parseValue(text: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  for (;;) {
    take(separators)
    const word = take(token)
    if (word === null) break
    const current = challenges.at(-1)
    if (text[at] !== '=' && !/^\s*=\s*[^\s,=]/.test(text.slice(at, at + 20))) {
      challenges.push({ scheme: word[0].toLowerCase(), parameters: new Map() })
      continue
    }
    take(assignment)
    const value = take(quoted)?.[1]?.replaceAll(/\\(.)/gs, '$1') ?? take(bare)?.[0] ?? ''
    const name = word[0].toLowerCase()
    if (current === undefined || current.parameters.has(name) || current.parameters.size >= maxParameters) continue
    current.parameters.set(name, value)
  }
  return challenges.map(({ scheme, parameters }) => ({ scheme, parameters: Object.fromEntries(parameters) }))
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[\r\n]/g, ' ')}"`
}
