/**
 * Lengths of time as people write them: `30d`, `12h`, `1d12h`, `90m`, `2w`.
 * @module
 */

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Longer than any store will live. */
const longestMs = 100 * 366 * 86_400_000

/** In milliseconds; undefined for what is none, or longer than a hundred years. `0` needs no unit. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:\d{1,9}[smhdw]){1,5}$/.test(text)) return undefined
  let total = 0
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)([smhdw])/g)) total += Number(count) * (unitMs[unit] ?? 0)
  return total <= longestMs ? total : undefined
}
