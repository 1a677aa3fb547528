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
    const factor = nanoseconds[unit] ?? 0
    total += Number(whole) * factor + fractionOf(fraction, factor)
  }
  if (rest === '' || !Number.isSafeInteger(total)) return undefined
  return sign === '-' && total !== 0 ? -total : total
}

/** In whole numbers: 2.03 s are 2,030,000,000 ns, not a little less. What follows the 15th digit is less than one. */
function fractionOf(digits: string, factor: number): number {
  const shown = digits.slice(0, 15)
  return Number((BigInt(shown) * BigInt(factor)) / 10n ** BigInt(shown.length))
}
