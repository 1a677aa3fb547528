/**
 * The checker: every interleaving of a scene, breadth first, so that the first error found is a shortest one; and random
 * walks for scenes that are too big for that.
 * @module
 */
import { canonical } from './canonical.ts'
import { enabled, initial, isAlive, type State, successor, tick } from './engine.ts'
import { HashSet } from './hash-set.ts'
import { brokenEnd, brokenSafety, judge } from './properties.ts'
import type { Config } from './scenes.ts'

export interface Found {
  readonly failure: string | null
  /** The steps that lead to it. */
  readonly trace: readonly number[]
}

export interface Searched extends Found {
  readonly states: number
  readonly transitions: number
  readonly terminals: number
  readonly depth: number
  /** False when it ran out of time or memory. */
  readonly complete: boolean
}

export interface Limits {
  readonly seconds: number
  /** @default 25000000 */
  readonly states?: number
}

export function search(config: Config, { seconds, states: most = 25_000_000 }: Limits): Searched {
  const until = Date.now() + seconds * 1000
  const seen = new HashSet()
  const parents = new Numbers(Int32Array)
  const codes = new Numbers(Uint8Array)
  const counted = { transitions: 0, terminals: 0, depth: 0 }
  const result = (found: Found, complete: boolean): Searched => ({
    ...found,
    ...counted,
    states: parents.length,
    complete,
  })
  const trace = (id: number, last: number): readonly number[] => {
    const path = [last]
    for (let at = id; at > 0; at = parents.at(at)) path.push(codes.at(at))
    return path.reverse()
  }

  const first = initial(config)
  seen.add(canonical(first))
  parents.push(-1)
  codes.push(0)
  const failure = judge(config, first, true)
  if (failure !== null) return result({ failure, trace: [] }, true)
  for (let level: (readonly [number, State])[] = [[0, first]]; level.length > 0; counted.depth++) {
    const next: (readonly [number, State])[] = []
    for (const [position, [id, state]] of level.entries()) {
      for (const code of enabled(config, state)) {
        const after = successor(config, state, code)
        counted.transitions++
        if (after.failure !== null) return result({ failure: after.failure, trace: trace(id, code) }, true)
        if (!seen.add(canonical(after))) continue
        parents.push(id)
        codes.push(code)
        const broken = judge(config, after, hasChanged(state, after))
        if (broken !== null) return result({ failure: broken, trace: trace(id, code) }, true)
        if (!after.processes.some(isAlive)) counted.terminals++
        next.push([parents.length - 1, after])
      }
      const isOver = position % 256 === 0 && (Date.now() > until || parents.length > most)
      if (isOver) return result({ failure: null, trace: [] }, false)
    }
    level = next
  }
  return result({ failure: null, trace: [] }, true)
}

export interface Walked extends Found {
  readonly walks: number
  readonly steps: number
}

/** The same seed walks the same ways; how many of them, the time decides. */
export function walk(config: Config, { seconds, seed }: { readonly seconds: number; readonly seed: number }): Walked {
  const until = Date.now() + seconds * 1000
  const draw = mulberry(seed)
  let walks = 0
  let steps = 0
  while (Date.now() < until) {
    const { failure, trace } = walkOnce(config, draw)
    walks++
    steps += trace.length
    if (failure !== null) return { failure, trace, walks, steps }
  }
  return { failure: null, trace: [], walks, steps }
}

function walkOnce(config: Config, draw: (below: number) => number): Found {
  let state = initial(config)
  const trace: number[] = []
  // Runs of one process make deep interleavings likelier.
  let running = -1
  while (state.processes.some(isAlive)) {
    const codes = enabled(config, state)
    const normal = codes.filter((code) => code < tick && code % 8 === 0)
    const faults = codes.filter((code) => code >= tick || code % 8 !== 0)
    let code = running
    if (faults.length > 0 && draw(12) === 0) code = faults[draw(faults.length)] ?? 0
    else if (!normal.includes(running) || draw(3) === 0) code = running = normal[draw(normal.length)] ?? 0
    trace.push(code)
    const after = successor(config, state, code)
    const failure = after.failure ?? (hasChanged(state, after) ? brokenSafety(config, after) : null)
    if (failure !== null) return { failure, trace }
    state = after
  }
  return { failure: brokenEnd(config, state, 'and a new client comes'), trace }
}

function hasChanged(before: State, after: State): boolean {
  return after.store !== before.store || after.ghosts !== before.ghosts || after.clock !== before.clock
}

/** @returns draws of whole numbers from 0 to less than a bound */
function mulberry(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** A list of numbers that grows: 5 bytes for each state instead of an object. */
class Numbers {
  #items: Int32Array | Uint8Array
  readonly #type: typeof Int32Array | typeof Uint8Array
  length = 0

  constructor(type: typeof Int32Array | typeof Uint8Array) {
    this.#type = type
    this.#items = new type(1 << 16)
  }

  push(item: number): void {
    if (this.length === this.#items.length) {
      const larger = new this.#type(this.length * 2)
      larger.set(this.#items)
      this.#items = larger
    }
    this.#items[this.length++] = item
  }

  at(index: number): number {
    return this.#items[index] ?? 0
  }
}
