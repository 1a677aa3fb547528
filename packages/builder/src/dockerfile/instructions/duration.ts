/**
 * Durations as Go writes them: `1h30m`, `1.5s`, `300ms`.
 * @module
 */

const nanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** In nanoseconds; undefined for a text that is no duration, or one of more than 104 days. */
export function parseDuration(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return 0
  const part = /(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y
  let total = 0
  while (part.lastIndex < rest.length) {
    const [, whole = '', fraction = '', unit = ''] = part.exec(rest) ?? []
    if (whole === '' && fraction === '') return undefined
    // Through the number that is written: 0.1 s are 100,000,000 ns, not a little less.
    total += Math.floor(Number(`${whole || '0'}.${fraction || '0'}`) * (nanoseconds[unit] ?? 0))
  }
  if (rest === '' || !Number.isSafeInteger(total)) return undefined
  return sign === '-' && total !== 0 ? -total : total
}
