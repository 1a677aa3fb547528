/**
 * A row of what the bench prints and records.
 * @module
 */
import { estimate, median } from './statistics.ts'

export interface Row {
  readonly name: string
  readonly ours: number
  readonly peer: number
  readonly peerName: string
  readonly unit: string
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly goal?: string
  readonly reached?: boolean
}

export interface TimedLine {
  readonly name: string
  /** Seconds, round by round. */
  readonly ours: readonly number[]
  readonly peerName: string
  readonly peer: readonly number[]
  /** Largest ratio of our time to the peer's; without one it is shown for comparison. */
  readonly goal?: number
}

/** The ratio of times, pair by pair: less is better. */
export function timedRow({ name, ours, peerName, peer, goal }: TimedLine): Row {
  const ratio = estimate(ours.map((seconds, at) => seconds / (peer[at] ?? seconds)))
  return {
    name,
    ours: median(ours),
    peer: median(peer),
    peerName,
    unit: 's',
    ratio: ratio.median,
    low: ratio.low,
    high: ratio.high,
    ...(goal === undefined ? {} : { goal: `<= ${goal}`, reached: ratio.median <= goal }),
  }
}

export interface RatedLine {
  readonly name: string
  /** Of the rates, e.g. `MB/s`. */
  readonly unit: string
  /** Turn by turn. */
  readonly ours: readonly number[]
  readonly peerName: string
  readonly peer: readonly number[]
  /** Least ratio of our rate to the peer's; without one it is shown for comparison. */
  readonly goal?: number | undefined
}

/** The ratio of rates, pair by pair: more is better. */
export function ratedRow({ name, unit, ours, peerName, peer, goal }: RatedLine): Row {
  const ratio = estimate(ours.map((rate, at) => rate / (peer[at] ?? rate)))
  return {
    name,
    ours: median(ours),
    peer: median(peer),
    peerName,
    unit,
    ratio: ratio.median,
    low: ratio.low,
    high: ratio.high,
    ...(goal === undefined ? {} : { goal: `>= ${goal}`, reached: ratio.median >= goal }),
  }
}

/** The smaller of two, round by round. */
export function bestOf(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((seconds, at) => Math.min(seconds, b[at] ?? seconds))
}
