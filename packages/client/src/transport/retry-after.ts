/**
 * `Retry-After` (RFC 9110, section 10.2.3): how long a server wants to be left alone.
 * @module
 */
import { header, type RegistryResponse } from './dispatch.ts'

/**
 * Milliseconds from `now`, from a number of seconds or a date; 0 for a date that has passed.
 * Undefined when the header is absent or neither.
 */
export function retryAfterMs(response: Pick<RegistryResponse, 'headers'>, now: number): number | undefined {
  const text = header(response, 'retry-after')?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  // Date.parse takes almost anything; a date has a weekday or a year first.
  const date = /^(?:[A-Z][a-z]{2,8},? |\d{4}-)/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
