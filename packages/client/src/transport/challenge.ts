/**
 * Which challenge to answer, and with which rights.
 * @module
 */
import { type Access, type Challenge, formatScope, parseChallenges, parseScopes } from '@tsreg/oci/distribution'

/** Bearer before Basic: where a registry offers both, the token is the narrower secret. */
export function chooseChallenge(values: readonly string[]): Challenge | undefined {
  const challenges = parseChallenges(values)
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  )
}

/** One entry for each resource: `pull` and `push` of the same repository become `pull,push`. */
export function mergeAccess(access: readonly Access[]): readonly Access[] {
  const merged = new Map<string, Access>()
  for (const each of access) {
    const key = `${each.type}:${each.name}`
    const actions = new Set([...(merged.get(key)?.actions ?? []), ...each.actions])
    merged.set(key, { ...each, actions: [...actions] })
  }
  return [...merged.values()]
}

/** The scopes of a challenge; none where it names none that can be read. */
export function scopesOf(challenge: Challenge): readonly Access[] {
  try {
    return parseScopes(challenge.parameters.scope ?? '')
  } catch {
    return []
  }
}

/** The same for the same rights, in whatever order they stand. */
export function keyOf(access: readonly Access[]): string {
  return access.map(formatScope).sort().join(' ')
}
