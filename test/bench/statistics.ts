/**
 * Medians and their 95 % intervals: rounds on a shared machine are neither normal nor independent of its neighbours, so
 * nothing is assumed about their distribution.
 * @module
 */

export interface Estimate {
  readonly median: number
  /** 95 % bootstrap interval of the median. */
  readonly low: number
  readonly high: number
}

const resamples = 2000

/** @param seed makes the interval of the same values the same in every run. */
export function estimate(values: readonly number[], seed = 1): Estimate {
  if (values.length === 0) throw new RangeError('no values to estimate from')
  const random = lehmer(seed)
  const medians = Array.from({ length: resamples }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)),
  ).sort((a, b) => a - b)
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) }
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}

function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position % 1)
}

function lehmer(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}
