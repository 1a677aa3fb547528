/**
 * Plays a scene in every order of moves up to given bounds. A play cannot be taken back, so each order is a play of its own
 * that repeats the moves of an earlier one and then makes another; a play ends where an earlier one has been, for two
 * orders that come to one state go on in the same way. Orders with few switches and faults come first.
 * @module
 */
import type { Fault, Situation, Waiting } from '../interleaver.ts'
import { type Choice, type PreparedScene, play, type Seen } from './play.ts'

export interface Bounds {
  /**
   * How often a process may be left though it could go on; `Infinity`: every interleaving. Most errors of protocols need
   * one or two.
   */
  readonly preemptions: number
  /** A process is left, and the clock ticks, only before such an operation, written `put b/...`. @default any */
  readonly leaveBefore?: RegExp
  readonly crashes: number
  /** Operations that fail, whose reply is lost, that come late or twice. */
  readonly lost: number
  readonly ticks: number
  /** Plays at most. */
  readonly plays: number
  readonly seconds: number
}

export interface Explored {
  readonly plays: number
  /** Plays that came to their end, where what is left was checked. */
  readonly endings: number
  readonly moves: number
  readonly states: number
  /** Moves of the longest play. */
  readonly depth: number
  /** True when the bounds of faults and preemptions alone decided, and not those of plays and time. */
  readonly complete: boolean
  /** Every order with so many preemptions and faults together was played. */
  readonly deviations: number
  readonly failure?: { readonly error: unknown; readonly trace: readonly string[] }
}

/** What may still happen in a play. */
interface Budget {
  preemptions: number
  crashes: number
  lost: number
  ticks: number
}

export async function explore(prepared: PreparedScene, bounds: Bounds): Promise<Explored> {
  const until = Date.now() + bounds.seconds * 1000
  const states = new Set<string>()
  /** Orders to play, by the deviations of their given moves. */
  const waiting: Order[][] = [[[]]]
  const counted = { plays: 0, endings: 0, moves: 0, depth: 0 }
  const told = (complete: boolean, deviations: number) => ({ ...counted, states: states.size, complete, deviations })
  for (let deviations = 0; deviations < waiting.length; deviations++) {
    for (let order = waiting[deviations]?.pop(); order !== undefined; order = waiting[deviations]?.pop()) {
      if (counted.plays >= bounds.plays || Date.now() > until) return told(false, deviations - 1)
      const { moves, branches, played } = await playOrder(prepared, order, bounds, states)
      counted.plays++
      counted.moves += moves - order.length
      counted.depth = Math.max(counted.depth, moves)
      if (played.failure !== undefined) {
        return { ...told(false, deviations - 1), failure: { error: played.failure, trace: played.trace } }
      }
      if (played.ended) counted.endings++
      for (const { branch, cost } of branches) {
        waiting[cost] ??= []
        waiting[cost].push(branch)
      }
    }
  }
  return told(true, waiting.length - 1)
}

/** Which of the possible moves was made, from the beginning on. */
type Order = readonly number[]

async function playOrder(prepared: PreparedScene, order: Order, bounds: Bounds, states: Set<string>) {
  const { preemptions, crashes, lost, ticks } = bounds
  const budget: Budget = { preemptions, crashes, lost, ticks }
  const taken: number[] = []
  const branches: { readonly branch: Order; readonly cost: number }[] = []
  let spent = 0

  async function choose(seen: Seen): Promise<Choice> {
    const options = optionsOf(prepared, seen, budget, bounds.leaveBefore)
    let pick = order[taken.length]
    if (pick === undefined) {
      const state = `${await seen.state()} ${Object.values(budget)} ${isBounded(budget) ? seen.situation.running : ''}`
      if (states.has(state)) return 'abandon'
      states.add(state)
      for (let other = options.length - 1; other > 0; other--) {
        branches.push({ branch: [...taken, other], cost: spent + (options[other]?.cost ?? 0) })
      }
      pick = 0
    }
    const option = options[pick]
    if (option === undefined) throw new Error(`move ${pick} of ${options.length}: the play does not repeat itself`)
    taken.push(pick)
    spent += option.cost
    option.pay(budget)
    return option.choice
  }

  const played = await play(prepared, choose, () => taken.length >= order.length)
  return { moves: taken.length, branches, played }
}

interface Option {
  readonly choice: Choice
  /** Deviations that it adds. */
  readonly cost: number
  readonly pay: (budget: Budget) => void
}

const free = { cost: 0, pay: () => {} }

function optionsOf(
  { scene }: PreparedScene,
  { situation, tick }: Seen,
  budget: Budget,
  leaveBefore: RegExp | undefined,
): readonly Option[] {
  const { late, processes, running } = situation
  const landings: Option[] = late.map((write) => ({ choice: { kind: 'land', write }, ...free }))
  if (processes.every(({ isOver }) => isOver)) return [{ choice: 'end', ...free }, ...landings]
  const options: Option[] = []
  const faults: Option[] = []
  const left = situation.waiting.find(({ process }) => process === running)
  const mayLeave = left === undefined || (leaveBefore?.test(nameOf(left)) ?? true)
  for (const next of nextOf(situation, scene.anyOrder === true)) {
    const isSwitch = left !== undefined && next.process !== running
    if (isSwitch && (budget.preemptions === 0 || !mayLeave)) continue
    const option = (choice: Choice, fault?: 'crashes' | 'lost'): Option => ({
      choice,
      cost: (isSwitch ? 1 : 0) + (fault === undefined ? 0 : 1),
      pay(rest) {
        if (isSwitch) rest.preemptions--
        if (fault !== undefined) rest[fault]--
      },
    })
    options.push(option({ kind: 'go', waiting: next }))
    if (budget.lost > 0) {
      for (const fault of faultsOf(next)) faults.push(option({ kind: 'go', waiting: next, fault }, 'lost'))
    }
    if (budget.crashes > 0) {
      const ways = processes[next.process]?.canTryAgain ? [false, true] : [false]
      for (const tryAgain of ways) {
        faults.push(option({ kind: 'crash', process: next.process, tryAgain }, 'crashes'))
      }
    }
  }
  const ticks: Option[] =
    budget.ticks > 0 && scene.timed && mayLeave ? [{ choice: tick, cost: 0, pay: (rest) => void rest.ticks-- }] : []
  return [...options, ...landings, ...ticks, ...faults]
}

function nameOf({ operation: { name, keys } }: Waiting): string {
  return `${name} ${keys[0]}`
}

/** One operation of each process, or all; those of the process that made the last move first. */
function nextOf({ waiting, running }: Situation, anyOrder: boolean): readonly Waiting[] {
  const first = anyOrder ? waiting : waiting.filter(({ process }, at) => waiting[at - 1]?.process !== process)
  return [...first.filter(({ process }) => process === running), ...first.filter(({ process }) => process !== running)]
}

/** That a write fails is one of the ways in which it comes late: never. */
function faultsOf({ operation: { name, isWrite, isOnce } }: Waiting): readonly Fault[] {
  if (!isWrite) return ['fail']
  if (isOnce) return ['lose reply', 'late']
  return name === 'part' ? ['fail', 'lose reply'] : ['lose reply', 'late', 'twice']
}

function isBounded({ preemptions }: Budget): boolean {
  return Number.isFinite(preemptions)
}
