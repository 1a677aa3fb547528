/**
 * Cuts secrets out of what is shown: tokens, passwords in addresses, and the queries of presigned addresses. Text that
 * came from a server also loses its control characters, so that it cannot steer a terminal.
 * @module
 */

const publicParameters: ReadonlySet<string> = new Set([
  'artifactType',
  'digest',
  'digest-algorithm',
  'from',
  'last',
  'mount',
  'n',
  'ns',
  'scope',
  'service',
  'tag',
])

/** The address without user info; values of query parameters that no specification names become `…`. */
export function redactUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url
  if (parsed === null) return '<not an address>'
  const query = [...parsed.searchParams]
    .map(([name, value]) => (publicParameters.has(name) ? `${name}=${value}` : `${name}=…`))
    .join('&')
  return `${parsed.origin}${parsed.pathname}${query === '' ? '' : `?${query}`}`
}

const addresses = /\bhttps?:\/\/[^\s"'<>]+/gi
const tokens = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi
const jwts = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g
const secretFields =
  /("?\b(?:password|secret|access_token|refresh_token|identitytoken|token)\b"?\s*[:=]\s*)("[^"]*"|[^\s,;&}]+)/gi

/** @param limit longest text that is kept whole; default 2000 characters. */
export function redactText(text: string, limit = 2000): string {
  const clean = text
    .slice(0, limit * 2)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(addresses, (address) => redactUrl(address))
    .replace(tokens, '$1 …')
    .replace(jwts, '…')
    .replace(secretFields, '$1…')
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean
}
