/**
 * The `Link` header of paged lists (RFC 8288).
 * @module
 */

/** `<url>; rel="next"`. */
export function formatLink(url: string, rel = 'next'): string {
  return `<${url.replaceAll(/[<>\s]/g, encodeURIComponent)}>; rel="${rel}"`
}

/** The targets of a `Link` header that the protocol uses. */
export interface Links {
  /** URL of the next page as the registry wrote it: absolute or relative. */
  readonly next?: string
}

/** Reads a `Link` header, or several of them; what has another form is passed over. */
export function parseLink(header: string | readonly string[] | undefined): Links {
  const text = typeof header === 'string' ? header : (header ?? []).join(',')
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('<', at)
    const close = open < 0 ? -1 : text.indexOf('>', open)
    if (close < 0) break
    const end = endOfParameters(text, close + 1)
    if (hasRelation(text.slice(close + 1, end), 'next')) return { next: text.slice(open + 1, close) }
    at = end + 1
  }
  return {}
}

/** Index of the comma that ends this link, or of the end of the text; commas in quotes do not count. */
function endOfParameters(text: string, from: number): number {
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) return at
  }
  return text.length
}

// Old registries write rel=next without quotes.
function hasRelation(parameters: string, wanted: string): boolean {
  const match = /(?:^|;)\s*rel\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(parameters)
  const relations = (match?.[1] ?? match?.[2] ?? '').toLowerCase().split(/\s+/)
  return relations.includes(wanted)
}
