/**
 * Moves that a seed decides.
 * @module
 */
import type { Random } from '@tsreg/testkit'
import type { Fault, Move, Situation } from './interleaver.ts'
import type { BucketOperation } from './wrapped-bucket.ts'

export interface RandomMovesOptions {
  readonly random: Random
  /** How many faults at most. */
  readonly faults: number
  /** What else may happen: drawn as rarely as faults. @default nothing */
  readonly events?: (Move & { readonly kind: 'event' })[]
}

const ofReads: readonly Fault[] = ['fail', 'crash after']
const ofWrites: readonly Fault[] = ['fail', 'crash after', 'lose reply', 'late', 'twice']
/** A part that comes late or twice has another ETag here, which it would not have on a real store. */
const ofParts: readonly Fault[] = ['fail', 'crash after', 'lose reply']

/** Chooses for an interleaver until all processes are over and no write is late. */
export function randomMoves({ random, faults: most, events = [] }: RandomMovesOptions) {
  let faults = most

  function draw(): boolean {
    if (faults === 0 || !random.chance(0.06)) return false
    faults--
    return true
  }

  return ({ processes, waiting, late, running }: Situation): Move | undefined => {
    if (waiting.length + late.length === 0) return undefined
    // In bursts: what breaks protocols is a long pause of one process while another does much.
    const same = random.chance(0.75) ? waiting.filter(({ process }) => process === running) : []
    const ready = same.length > 0 ? same : waiting
    const at = random.integer(0, ready.length + late.length - 1)
    const next = ready[at]
    if (next === undefined) {
      const write = late[at - ready.length]
      return write === undefined ? undefined : { kind: 'land', write }
    }
    if (events.length > 0 && random.chance(0.06)) return events.shift()
    if (!draw()) return { kind: 'go', waiting: next }
    if (random.chance(0.3)) {
      const canTryAgain = processes[next.process]?.canTryAgain === true
      return { kind: 'crash', process: next.process, tryAgain: canTryAgain && random.chance(0.5) }
    }
    return { kind: 'go', waiting: next, fault: random.pick(faultsOf(next.operation)) }
  }
}

/** What can become of an operation on a store that keeps its word. */
export function faultsOf({ name, isWrite, isOnce }: BucketOperation): readonly Fault[] {
  if (!isWrite) return ofReads
  if (isOnce) return ofWrites.filter((fault) => fault !== 'twice')
  return name === 'part' ? ofParts : ofWrites
}
