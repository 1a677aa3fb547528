/**
 * Runs several processes on one bucket, one operation of one of them at a time, in an order and with faults that somebody
 * else decides: crashes, failures, lost replies, and writes that take place long after their caller saw an error, or twice.
 * @module
 */
import type { Bucket } from '../bucket/index.ts'
import { metaKey, writerKey } from '../paths.ts'
import { type BucketOperation, wrapBucket } from './wrapped-bucket.ts'

/**
 * What becomes of an operation: `fail`: it does not happen; `lose reply`: it happens, and its caller sees an error; `late`:
 * its caller sees an error, and it may happen at any later moment; `twice`: it happens, and may happen again later, as
 * when an attempt that was given up arrives after its repetition; `crash after`: it happens, and its caller dies.
 */
export type Fault = 'fail' | 'lose reply' | 'late' | 'twice' | 'crash after'

export type Move =
  | { readonly kind: 'go'; readonly waiting: Waiting; readonly fault?: Fault | undefined }
  | { readonly kind: 'crash'; readonly process: number; readonly tryAgain: boolean }
  | { readonly kind: 'land'; readonly write: LateWrite }
  /** Something of the world outside: a clock. */
  | { readonly kind: 'event'; readonly name: string; readonly happen: () => void }

/** An operation at the bucket's door. */
export interface Waiting {
  readonly process: number
  readonly operation: BucketOperation
}

/** A write under way whose caller does not wait for it any more. */
export interface LateWrite extends Waiting {
  /** Operations of its process before it. */
  readonly position: number
}

export interface Situation {
  readonly processes: readonly ProcessState[]
  /** In the order of the processes, those of one process in the order in which they came. */
  readonly waiting: readonly Waiting[]
  readonly late: readonly LateWrite[]
  /** Process that made the last move. */
  readonly running: number | undefined
}

export interface ProcessState {
  readonly name: string
  readonly isOver: boolean
  /** It has a second way to begin, after a crash. */
  readonly canTryAgain: boolean
}

export interface InterleaverOptions {
  readonly shared: Bucket
  /** Decides each move; undefined ends the run. Asked also when all processes are over and only late writes are left. */
  readonly choose: (situation: Situation) => Promise<Move | undefined> | Move | undefined
  /** Called after every move; what it throws ends the run. */
  readonly check: () => Promise<void>
  /** Around every operation when it takes place, also late or a second time. @default nothing */
  readonly around?: <T>(waiting: Waiting, call: () => Promise<T>) => Promise<T>
  /** Told of each process when its turn begins, and of each late write with its position. @default nothing */
  readonly onTurn?: (process: number, position?: number) => void
  /** Told when a process has ended by itself. @default nothing */
  readonly onEnd?: (process: number, failure: unknown) => Promise<void> | void
}

export interface Interleaver {
  /**
   * Adds a process: `work` gets a bucket of its own, whose operations are interleaved with those of the others.
   * @param again what its client does after a crash; absent: nothing
   */
  add(name: string, work: Work, again?: Work): void
  /** Runs until every process has ended or crashed. Failures of processes are part of the game. */
  run(): Promise<void>
  /** What happened: `name: operation key fault`. */
  readonly trace: readonly string[]
}

export type Work = (bucket: Bucket) => Promise<unknown>

interface Process {
  readonly name: string
  readonly work: Work
  readonly again: Work | undefined
  isOver: boolean
  /** Counts its lives: what an earlier one still does is of no interest. */
  life: number
  operations: number
}

interface Held extends LateWrite {
  readonly life: number
  readonly go: (fault: Fault | undefined) => void
  readonly perform: () => Promise<unknown>
}

export function interleaver(options: InterleaverOptions): Interleaver {
  const { shared, choose, check, onTurn = () => {}, onEnd = () => {} } = options
  const around = options.around ?? ((_waiting, call) => call())
  const processes: Process[] = []
  let waiting: Held[] = []
  const late: Held[] = []
  const trace: string[] = []
  let running: number | undefined
  /** What the observers of ends throw, which nobody else would see. */
  const failures: unknown[] = []
  let ending: Promise<void> = Promise.resolve()

  function bucketOf(process: Process, index: number): Bucket {
    const { life } = process
    const wrapped = wrapBucket(shared, async (operation, call) => {
      // Which layout the bucket has, and who is its one writer, was settled before the play began.
      if (operation.keys[0] === metaKey || operation.keys[0] === writerKey) return await call()
      const position = process.operations++
      const perform = () => around({ process: index, operation }, call)
      const fault = await new Promise<Fault | undefined>((go) => {
        waiting.push({ process: index, operation, position, life, go, perform })
      })
      if (fault === 'fail' || fault === 'late') throw new Error(`${fault} (by the test)`)
      const result = await perform()
      if (fault === 'crash after') {
        end(index, life)
        return await new Promise(() => {})
      }
      if (fault === 'lose reply') throw new Error(`${fault} (by the test)`)
      return result
    })
    // A write that takes place late or twice must have its bytes still.
    return { ...wrapped, write: async (key, content, rest) => wrapped.write(key, await kept(content), rest) }
  }

  function end(index: number, life: number): void {
    const process = processes[index]
    if (process?.life !== life) return
    process.isOver = true
    waiting = waiting.filter((held) => held.process !== index)
  }

  async function begin(index: number, work: Work): Promise<void> {
    const process = processes[index]
    if (process === undefined) return
    const { life } = process
    onTurn(index)
    const outcome = work(bucketOf(process, index)).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    void outcome.then((failed) => {
      if (process.life !== life || process.isOver) return
      if (failed !== undefined) trace.push(`${process.name}: ${failed.error}`)
      end(index, life)
      ending = tell(index, failed?.error)
    })
    await quiet(index)
  }

  async function tell(index: number, failed: unknown): Promise<void> {
    try {
      await onEnd(index, failed)
    } catch (error) {
      failures.push(error)
    }
  }

  /** Until the process waits for the bucket or is over: in memory, nothing else takes time. */
  async function quiet(index: number): Promise<void> {
    const isQuiet = () => processes[index]?.isOver === true || waiting.some(({ process }) => process === index)
    for (let n = 0; n < 50 && !isQuiet(); n++) await immediate()
    // What else it asks for at the same time.
    await immediate()
    await immediate()
    await ending
  }

  function situation(): Situation {
    return {
      processes: processes.map(({ name, isOver, again }) => ({ name, isOver, canTryAgain: again !== undefined })),
      waiting: waiting.toSorted((a, b) => a.process - b.process || a.position - b.position),
      late,
      running,
    }
  }

  async function make(move: Move): Promise<void> {
    if (move.kind === 'event') {
      trace.push(move.name)
      move.happen()
    } else if (move.kind === 'land') await land(move.write)
    else if (move.kind === 'crash') await crash(move)
    else await go(move.waiting, move.fault)
  }

  async function go(chosen: Waiting, fault: Fault | undefined): Promise<void> {
    const held = waiting.find((other) => other === chosen)
    if (held === undefined) throw new TypeError('the operation does not wait')
    const { process, operation } = held
    waiting = waiting.filter((other) => other !== held)
    if (fault === 'late' || fault === 'twice') late.push(held)
    running = process
    const name = processes[process]?.name
    trace.push(`${name}: ${operation.name} ${operation.keys.join(' ')}${fault === undefined ? '' : ` ${fault}`}`)
    onTurn(process)
    held.go(fault)
    await quiet(process)
  }

  async function land(chosen: LateWrite): Promise<void> {
    const held = late.find((other) => other === chosen)
    if (held === undefined) throw new TypeError('there is no such late write')
    late.splice(late.indexOf(held), 1)
    const { process, operation, position } = held
    trace.push(`late write of ${processes[process]?.name}: ${operation.name} ${operation.keys.join(' ')}`)
    onTurn(process, position)
    await held.perform().catch(() => {})
  }

  async function crash({ process: index, tryAgain }: Move & { readonly kind: 'crash' }): Promise<void> {
    const process = processes[index]
    if (process === undefined) return
    trace.push(`${process.name}: crash${tryAgain ? ', and its client tries again' : ''}`)
    end(index, process.life)
    process.life++
    if (!tryAgain || process.again === undefined) return
    process.isOver = false
    await begin(index, process.again)
  }

  return {
    trace,

    add(name, work, again) {
      processes.push({ name, work, again, isOver: false, life: 0, operations: 0 })
    },

    async run() {
      for (const [index, { work }] of processes.entries()) await begin(index, work)
      if (failures.length > 0) throw failures[0]
      for (let idle = 0; idle < 200; ) {
        if (waiting.length === 0 && processes.some(({ isOver }) => !isOver)) {
          idle++
          await immediate()
          continue
        }
        idle = 0
        const move = await choose(situation())
        if (move === undefined) return
        await make(move)
        if (failures.length > 0) throw failures[0]
        await check()
      }
      const stuck = processes.filter(({ isOver }) => !isOver).map(({ name }) => name)
      throw new Error(`these processes wait for nothing: ${stuck.join(', ')}`)
    },
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The content in memory, to be read as often as one likes. */
async function kept(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(Uint8Array.from(chunk))
  return {
    async *[Symbol.asyncIterator]() {
      yield* chunks
    },
  }
}
