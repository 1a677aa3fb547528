/**
 * Durations and sizes in docker's words.
 * @module
 */

const minute = 60
const hour = 60 * minute

/**
 * A length of time as docker says it: `2 weeks`, `About an hour`. Minutes are cut, hours rounded half up; from hours on
 * the unit changes at two of the next one (48 hours, 14 days, 60 days, 2 years).
 * @param seconds a negative length counts as none.
 */
export function humanDuration(seconds: number): string {
  const whole = Math.floor(seconds)
  if (whole < 1) return 'Less than a second'
  if (whole === 1) return '1 second'
  if (whole < minute) return `${whole} seconds`
  const minutes = Math.floor(seconds / minute)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.floor(seconds / hour + 0.5)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`
  return `${Math.floor(seconds / hour / 24 / 365)} years`
}

/** How long ago an ISO 8601 time was, `3 days ago`; `N/A` where there is none or it cannot be read. */
export function humanAge(time: string | undefined, nowMs: number): string {
  const thenMs = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(thenMs) ? 'N/A' : `${humanDuration((nowMs - thenMs) / 1000)} ago`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/**
 * Bytes in units of 1000 without a space: `297MB`, `2.05kB`, `0B`. Docker writes 999,700 bytes as `1e+03kB`; here a
 * value that rounds up to 1000 moves to the next unit.
 * @param digits significant digits; default 3 as in the image table, 4 beside progress bars.
 */
export function humanSize(bytes: number, digits = 3): string {
  let value = bytes
  let unit = 0
  while (unit < units.length - 1 && Number(value.toPrecision(digits)) >= 1000) {
    value /= 1000
    unit += 1
  }
  const text = value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(digits)))
  return `${text}${units[unit]}`
}
