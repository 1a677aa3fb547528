/**
 * Passes on the `Warning` headers of a registry (distribution-spec main, "Warnings"): shown once each, never acted on.
 * @module
 */
import type { Notify } from '../notices.ts'
import { type Dispatch, headerValues, type Layer } from './dispatch.ts'
import { redactText } from './redact.ts'

const maxHeaderLength = 4096
const maxRemembered = 100

export function warnings(authority: string, notify: Notify): Layer {
  const seen = new Set<string>()
  return (next: Dispatch) => async (request) => {
    const response = await next(request)
    if (response.url.host === authority) {
      for (const text of headerValues(response, 'warning').flatMap(readWarnings)) {
        if (seen.has(text) || seen.size >= maxRemembered) continue
        seen.add(text)
        notify({ kind: 'warning', host: authority, text })
      }
    }
    return response
  }
}

/** `299 - "text"`, possibly several with commas between them. Another form is passed over, as the specification asks. */
export function readWarnings(value: string): readonly string[] {
  if (value.length > maxHeaderLength) return []
  return [...value.matchAll(/(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
    redactText(quoted.replaceAll(/\\(.)/g, '$1')),
  )
}
