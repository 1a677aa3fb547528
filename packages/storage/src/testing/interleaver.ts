/**
 * Runs several processes on one bucket, one operation of one of them at a time, in an order and with faults that a seed
 * decides: crashes, failures, lost replies, and writes that take place long after their caller saw an error.
 * @module
 */
import type { Random } from '@tsreg/testkit'
import type { Bucket } from '../bucket/index.ts'
import { type BucketOperation, wrapBucket } from './wrapped-bucket.ts'

export interface InterleaverOptions {
  readonly shared: Bucket
  readonly random: Random
  /** How many faults at most. */
  readonly faults: number
  /** Called after every operation; what it throws ends the run. */
  readonly check: () => Promise<void>
}

export interface Interleaver {
  /** Adds a process: `work` gets a bucket of its own, whose operations are interleaved with those of the others. */
  add(name: string, work: (bucket: Bucket) => Promise<unknown>): void
  /** Runs until every process has ended or crashed. Failures of processes are part of the game. */
  run(): Promise<void>
  /** What happened: `name: operation key fault`. */
  readonly trace: readonly string[]
}

interface Waiting {
  readonly process: Process
  readonly operation: BucketOperation
  readonly go: (fault: Fault | undefined) => void
}

interface Process {
  readonly name: string
  readonly ended: Promise<unknown>
  readonly crash: () => void
  isOver: boolean
}

const faultKinds = ['crash before', 'crash after', 'fail', 'lose reply', 'late'] as const
type Fault = (typeof faultKinds)[number]

export function interleaver({ shared, random, faults: most, check }: InterleaverOptions): Interleaver {
  const processes: Process[] = []
  const waiting: Waiting[] = []
  const late: (() => Promise<unknown>)[] = []
  const trace: string[] = []
  let faults = most
  let running: Process | undefined

  function bucketOf(process: () => Process): Bucket {
    return wrapBucket(shared, async (operation, call) => {
      const fault = await new Promise<Fault | undefined>((go) => {
        waiting.push({ process: process(), operation, go })
      })
      if (fault === undefined) return await call()
      if (fault === 'late') late.push(call)
      else if (fault === 'crash after' || fault === 'lose reply') await call()
      if (fault.startsWith('crash')) {
        process().crash()
        return await new Promise(() => {})
      }
      throw new Error(`${fault} (by the test)`)
    })
  }

  /** One operation of one process, or a late write. */
  async function step(): Promise<boolean> {
    await quiet()
    const all = waiting.filter(({ process }) => !process.isOver)
    // In bursts: what breaks protocols is a long pause of one process while another does much.
    const same = random.chance(0.75) ? all.filter(({ process }) => process === running) : []
    const ready = same.length > 0 ? same : all
    const at = random.integer(0, ready.length + late.length - 1)
    if (ready.length + late.length === 0) return false
    const next = ready[at]
    if (next === undefined) {
      const [write] = late.splice(at - ready.length, 1)
      trace.push('late write')
      await write?.().catch(() => {})
      return true
    }
    running = next.process
    waiting.splice(waiting.indexOf(next), 1)
    const fault = drawFault(next.operation)
    trace.push(`${next.process.name}: ${next.operation.name} ${next.operation.keys.join(' ')} ${fault ?? ''}`)
    next.go(fault)
    return true
  }

  function drawFault({ isWrite }: BucketOperation): Fault | undefined {
    if (faults === 0 || !random.chance(0.04)) return undefined
    faults--
    return random.pick(isWrite ? faultKinds : faultKinds.slice(0, 3))
  }

  return {
    trace,

    add(name, work) {
      const { promise: crashed, resolve: crash } = Promise.withResolvers<void>()
      const process: Process = { name, isOver: false, crash, ended: Promise.resolve() }
      const own = bucketOf(() => process)
      const outcome = Promise.resolve().then(() => work(own))
      const ended = Promise.race([outcome.catch((error: unknown) => trace.push(`${name}: ${error}`)), crashed])
      processes.push(process)
      void ended.then(() => {
        process.isOver = true
      })
    },

    async run() {
      for (let idle = 0; idle < 200; ) {
        const worked = await step()
        idle = worked ? 0 : idle + 1
        if (worked) {
          await quiet()
          await check()
        } else if (processes.every(({ isOver }) => isOver)) return
      }
      const stuck = processes.filter(({ isOver }) => !isOver).map(({ name }) => name)
      throw new Error(`these processes wait for nothing: ${stuck.join(', ')}`)
    },
  }
}

/** Until every process waits for the bucket: in memory, nothing else takes time. */
async function quiet(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve))
}
