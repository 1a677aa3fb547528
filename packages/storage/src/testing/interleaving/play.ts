/**
 * One play of a scene: its people on a bucket of its own, each move chosen by somebody else, the invariants checked after
 * every move, and at the end, when all have stopped, what is left.
 * @module
 */
import { hash } from 'node:crypto'
import type { Digest } from '@tsreg/oci'
import { type Bucket, memoryBucket } from '../../bucket/index.ts'
import '../../garbage-collect/index.ts' // here, so that no play waits for its loading
import type { RegistryStorage } from '../../repository.ts'
import { openStorage } from '../../storage.ts'
import { interleaver, type Move, type Situation, type Waiting } from '../interleaver.ts'
import { content } from '../repository-fixtures.ts'
import { brokenEnd } from './end.ts'
import { InvariantBroken, type Oracle, oracle } from './oracle.ts'
import type { Person } from './people.ts'
import { predictableIds } from './predictable-ids.ts'
import { summaryOf } from './reply-summary.ts'

export interface Scene {
  readonly name: string
  readonly about: string
  /** Puts into the store what is there already, and casts the play. The cast is asked for at the beginning of each play. */
  readonly prepare: (stage: Stage) => Promise<() => readonly Person[]>
  /** Faults of one play at most. `lost` counts everything that is not a crash. */
  readonly faults?: { readonly crash?: number; readonly lost?: number; readonly tick?: number }
  /** Grace is two ticks of a clock; without it everything is old and nothing is touched. @default false */
  readonly timed?: boolean
  /** Requests of one process may overtake each other. @default false */
  readonly anyOrder?: boolean
  /** Processes that a play may leave though they could go on, when it is searched at the ci scale. @default 2 */
  readonly preemptions?: number
  /** Beside the invariants: what must be so when all processes are over. @throws Error */
  readonly atTheEnd?: (ending: Ending) => Promise<void> | void
}

export interface Stage {
  readonly storage: RegistryStorage
  readonly bucket: Bucket
  /** Its push was acknowledged: it must stay. */
  trust(repository: string, digest: Digest): void
}

export interface Ending {
  readonly people: readonly Person[]
  readonly bucket: Bucket
  readonly storage: RegistryStorage
  /** By process: what it failed with; undefined: it succeeded; null: it died. */
  readonly outcomes: readonly unknown[]
}

/** A scene as every play of it begins. */
export interface PreparedScene {
  readonly scene: Scene
  readonly conditionalDelete: boolean
  readonly cells: readonly (readonly [key: string, body: Uint8Array, metadata: Readonly<Record<string, string>>])[]
  readonly cast: () => readonly Person[]
  readonly trusted: readonly (readonly [repository: string, digest: Digest])[]
}

/** A blob, a part, and an inline blob are small, so that plays are fast. */
export const limits = { inlineBytes: 100, singleObjectBytes: 400, cacheTtlMs: 0 }
const partSize = 512

/** Before the play. */
const nobody = -1
const tickMs = 1001
const graceMs = 2000

export async function prepareScene(scene: Scene, conditionalDelete: boolean): Promise<PreparedScene> {
  const ids = predictableIds()
  ids.turnTo(nobody)
  const bucket = memoryBucket({ conditionalDelete, partSize, now: () => 0 })
  const storage = await openStorage(bucket, { ...limits, now: () => 0 })
  const trusted: (readonly [string, Digest])[] = []
  const cast = await scene.prepare({ storage, bucket, trust: (...manifest) => trusted.push(manifest) })
  const cells = []
  for (const { key } of await bucket.list({ prefix: '' })) {
    const [cell, stat] = await Promise.all([bucket.read(key), bucket.stat(key)])
    if (cell !== undefined && stat !== undefined) cells.push([key, cell.body, stat.metadata] as const)
  }
  return { scene, conditionalDelete, cells, cast, trusted }
}

/** What a chooser sees of the play. */
export interface Seen {
  readonly situation: Situation
  readonly ticks: number
  /** Equal for two plays that cannot differ any more, but for what the chooser itself knows. */
  state(): Promise<string>
  /** The clock goes on. */
  readonly tick: Move
}

export type Choice = Move | 'end' | 'abandon'

export interface Played {
  readonly trace: readonly string[]
  readonly failure: unknown
  /** False when it was abandoned. */
  readonly ended: boolean
}

/** @param isChecked false while the moves are those of an earlier play, which was checked */
export async function play(
  prepared: PreparedScene,
  choose: (seen: Seen) => Promise<Choice>,
  isChecked: () => boolean = () => true,
): Promise<Played> {
  const { scene, conditionalDelete, cells, trusted } = prepared
  const ids = predictableIds()
  ids.turnTo(nobody)
  let ticks = scene.timed ? 2 : 0
  const now = () => ticks * tickMs
  const shared = memoryBucket({ conditionalDelete, partSize, now: scene.timed ? now : () => 0 })
  for (const [key, body, metadata] of cells) await shared.write(key, content(body), { metadata })
  const judge = oracle({ shared, ...(scene.timed ? { clock: () => ticks } : {}) })
  for (const [repository, digest] of trusted) await judge.trust(repository, digest)
  if (scene.timed) ticks = 4

  const people = prepared.cast()
  const past = new Past(people.length)
  const outcomes: unknown[] = people.map(() => null)
  let isAbandoned = false
  const options = { ...limits, now, ...(scene.timed ? { graceMs } : {}) }
  const game = interleaver({
    shared,
    onTurn: (process, position) => {
      ids.turnTo(process, position)
      past.isLate = position !== undefined
    },
    around: (waiting, call) => {
      const part = people[waiting.process]
      if (part === undefined) throw new TypeError(`there is no process ${waiting.process}`)
      return past.record(waiting, shared, () => judge.around(part, waiting, call))
    },
    onEnd: async (process, failure) => {
      outcomes[process] = failure
      const part = people[process]
      if (failure === undefined && part !== undefined) await judge.acknowledge(part, process)
    },
    async choose(situation) {
      const choice = await choose({
        situation,
        ticks: ticks - 4,
        tick: { kind: 'event', name: 'clock tick', happen: () => ticks++ },
        state: () => stateOf({ shared, situation, judge, past, ticks }),
      })
      if (choice === 'abandon') isAbandoned = true
      if (typeof choice === 'string') return undefined
      if (choice.kind === 'go' && choice.fault !== undefined) past.note(choice.waiting.process, choice.fault)
      return choice
    },
    check: async () => {
      if (isChecked()) await judge.check()
    },
  })
  for (const { name, act, again, inlineBytes } of people) {
    const own = inlineBytes === undefined ? options : { ...options, inlineBytes }
    const work = (doing: Person['act']) => async (bucket: Bucket) => doing(await openStorage(bucket, own))
    game.add(name, work(act), again === undefined ? undefined : work(again))
  }
  try {
    await game.run()
    if (!isAbandoned) {
      ids.turnTo(nobody)
      if (scene.timed) ticks += 10
      const storage = await openStorage(shared, options)
      await scene.atTheEnd?.({ bucket: shared, storage, outcomes, people })
      const broken = await brokenEnd({ bucket: shared, storage, judge })
      if (broken !== undefined) throw new InvariantBroken(broken)
    }
    return { trace: game.trace, failure: undefined, ended: !isAbandoned }
  } catch (failure) {
    return { trace: game.trace, failure, ended: true }
  }
}

/** What each process has seen so far: two plays in which all have seen the same go on in the same way. */
class Past {
  readonly histories: string[]
  /** Order of what is done to multipart uploads, which no listing shows. */
  multiparts = ''
  isLate = false

  constructor(processes: number) {
    this.histories = Array.from({ length: processes }, () => '')
  }

  note(process: number, what: string): void {
    this.histories[process] = hash('md5', `${this.histories[process]} ${what}`)
  }

  async record<T>(waiting: Waiting, shared: Bucket, call: () => Promise<T>): Promise<T> {
    const { process, operation } = waiting
    const { name, keys } = operation
    const isOwn = !this.isLate
    if (/^(start|part|complete|abort)$/.test(name)) {
      this.multiparts = hash('md5', `${this.multiparts} ${process} ${name} ${keys} ${isOwn}`)
    }
    const summary = await summaryOf(operation, shared, call)
    if (isOwn) this.note(process, `${name} ${keys} ${summary.text}`)
    return summary.give()
  }
}

interface Everything {
  readonly shared: Bucket
  readonly situation: Situation
  readonly judge: Oracle
  readonly past: Past
  readonly ticks: number
}

async function stateOf({ shared, situation, judge, past, ticks }: Everything): Promise<string> {
  const cells = await shared.list({ prefix: '' })
  const text = [
    ...cells.map(({ key, etag, modifiedMs }) => `${key} ${etag} ${modifiedMs}`),
    ...past.histories,
    past.multiparts,
    situation.processes.map(({ isOver }) => (isOver ? 'x' : '-')).join(''),
    situation.late.map(({ process, position }) => `${process}.${position}`).join(' '),
    ticks,
    judge.state(),
  ].join('\n')
  return hash('md5', text, 'base64')
}
