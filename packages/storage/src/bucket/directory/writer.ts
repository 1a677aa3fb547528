/**
 * The main thread's side of the writer: requests wait while a COMMIT runs and share the next one.
 * @module
 */
import { Worker } from 'node:worker_threads'
import { OciError } from '@tsreg/oci'
import type { FromWriter, Operation, Outcome, PutOperation, Reply, ToWriter, WriterOptions } from './writer-protocol.ts'

export interface Writer {
  /**
   * Resolves when the operations are durable: one transaction, outcomes in the same order.
   * @throws STORAGE_FULL, UNAVAILABLE (then nothing was written, or it is unknown when the thread died)
   */
  submit(operations: readonly Operation[]): Promise<readonly Outcome[]>
  /** Resolves when the thread answers. @throws UNAVAILABLE */
  ping(): Promise<void>
  /** Waits for what was submitted. */
  close(): Promise<void>
}

export interface WriterHooks {
  /** Called after each group. */
  readonly onCommit?: (commits: number, requests: readonly (readonly Operation[])[], replies: readonly Reply[]) => void
  /** The thread's program. @default the one beside this file */
  readonly program?: URL
}

interface Request {
  readonly operations: readonly Operation[]
  readonly bytes: number
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly reject: (error: unknown) => void
}

/** A group is posted when it has so many bytes or requests, or when nothing more waits. */
const maxGroupBytes = 8 * 1024 * 1024
const maxGroupRequests = 2000
/** The bodies of waiting writes are the callers'; beyond this a store that cannot keep up says so. */
const maxWaitingBytes = 256 * 1024 * 1024

// Run from the sources the thread is TypeScript; compiled or bundled it is the file beside this one.
const writerProgram = new URL(
  import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js',
  import.meta.url,
)

/** Starts the thread; resolves when its database is open. @throws UNAVAILABLE, CONTENT_CORRUPT */
export async function startWriter(options: WriterOptions, hooks: WriterHooks = {}): Promise<Writer> {
  const { onCommit, program = writerProgram } = hooks
  let worker = await startWorker(program, options)
  let alive = true
  let inFlight: Request[] = []
  let waiting: Request[] = []
  let waitingBytes = 0
  let posting = false
  let closing = false
  let drained: (() => void) | undefined

  function listen(started: Worker): void {
    const died = (cause: unknown): void => {
      if (worker === started && alive) fail(cause)
    }
    started.on('message', (message: FromWriter) => {
      if (message.type === 'done') settle(message.replies, message.commits)
    })
    started.on('error', died)
    started.on('exit', () => died(new Error('the writer thread ended')))
    // Only a write under way keeps the process alive.
    started.unref()
  }

  function settle(replies: readonly Reply[], commits: number): void {
    const requests = inFlight
    inFlight = []
    worker.unref()
    onCommit?.(
      commits,
      requests.map(({ operations }) => operations),
      replies,
    )
    for (const [index, request] of requests.entries()) {
      const reply = replies[index]
      if (reply !== undefined && 'outcomes' in reply) request.resolve(reply.outcomes)
      else request.reject(writeFailure(options.path, reply?.failure))
    }
    posting = false
    schedule()
  }

  /** What was in flight may or may not have been committed: its callers learn that, the next ones get a new thread. */
  function fail(cause: unknown): void {
    alive = false
    const requests = inFlight
    inFlight = []
    for (const request of requests) {
      request.reject(new OciError('UNAVAILABLE', `${options.path}: the writer stopped`, { cause }))
    }
    posting = false
    schedule()
  }

  async function revive(): Promise<void> {
    try {
      worker = await startWorker(program, options)
      alive = true
      listen(worker)
      post()
    } catch (error) {
      waitingBytes = 0
      for (const request of waiting.splice(0)) request.reject(error)
      posting = false
      schedule()
    }
  }

  /** At the end of the turn, so that everything asked for in it shares a transaction. */
  function schedule(): void {
    if (posting) return
    if (waiting.length === 0) {
      drained?.()
      return
    }
    posting = true
    setImmediate(() => (alive ? post() : void revive()))
  }

  function post(): void {
    let bytes = 0
    let count = 0
    for (const request of waiting) {
      if (count > 0 && (bytes + request.bytes > maxGroupBytes || count === maxGroupRequests)) break
      bytes += request.bytes
      count++
    }
    inFlight = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= bytes
    const buffer = Buffer.allocUnsafeSlow(bytes)
    let used = 0
    const place = (source: Uint8Array): Uint8Array => {
      buffer.set(source, used)
      used += source.byteLength
      return new Uint8Array(buffer.buffer, used - source.byteLength, source.byteLength)
    }
    const requests = inFlight.map(({ operations }) =>
      operations.map((operation) => (operation.kind === 'put' ? placed(operation, place) : operation)),
    )
    worker.ref()
    worker.postMessage({ type: 'group', requests } satisfies ToWriter, [buffer.buffer])
  }

  listen(worker)

  function submit(operations: readonly Operation[]): Promise<readonly Outcome[]> {
    if (closing) throw new OciError('UNAVAILABLE', `${options.path}: the store is closed`)
    const bytes = operations.reduce((sum, operation) => sum + bytesOf(operation), 0)
    if (waitingBytes + bytes > maxWaitingBytes && waiting.length > 0) {
      throw new OciError('UNAVAILABLE', `${options.path}: ${waitingBytes} bytes wait to be written, try again later`)
    }
    waitingBytes += bytes
    return new Promise((resolve, reject) => {
      waiting.push({ operations, bytes, resolve, reject })
      schedule()
    })
  }

  return {
    submit: async (operations) => submit(operations),
    ping: async () => void (await submit([])),
    async close() {
      if (closing) return
      closing = true
      if (posting || waiting.length > 0) {
        await new Promise<void>((resolve) => {
          drained = resolve
          schedule()
        })
      }
      if (!alive) return
      const exited = new Promise((resolve) => worker.once('exit', resolve))
      worker.ref()
      worker.postMessage({ type: 'close' } satisfies ToWriter)
      await exited
    },
  }
}

async function startWorker(program: URL, options: WriterOptions): Promise<Worker> {
  const worker = new Worker(program, { workerData: options, name: 'tsreg-writer' })
  const first = await firstMessage(worker).catch((cause: unknown) => {
    throw new OciError('UNAVAILABLE', `${options.path}: the writer does not start`, { cause })
  })
  if (first.type === 'cannot-open') throw openFailure(options.path, first)
  return worker
}

function firstMessage(worker: Worker): Promise<FromWriter> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the writer thread ended at its start')))
  })
}

/** SQLITE_CORRUPT and SQLITE_NOTADB speak of the file, everything else of its surroundings. */
function openFailure(path: string, { message, errcode }: { message: string; errcode: number }): OciError {
  const primary = errcode & 0xff
  const damaged = primary === 11 || primary === 26
  const advice = damaged ? '; restore it from a backup' : ''
  return new OciError(damaged ? 'CONTENT_CORRUPT' : 'UNAVAILABLE', `${path} cannot be opened: ${message}${advice}`, {
    detail: { path, errcode },
  })
}

function writeFailure(path: string, failure: { code: 'STORAGE_FULL' | 'UNAVAILABLE'; message: string } | undefined) {
  return new OciError(failure?.code ?? 'UNAVAILABLE', `${path}: a write failed: ${failure?.message ?? 'no answer'}`, {
    detail: { path },
  })
}

/** The operation with its bytes in the group's one buffer, which moves to the thread without a copy. */
function placed(operation: PutOperation, place: (source: Uint8Array) => Uint8Array): PutOperation {
  const { crcs, body } = operation
  return { ...operation, crcs: place(crcs), body: body === undefined ? undefined : place(body) }
}

function bytesOf(operation: Operation): number {
  return operation.kind === 'put' ? operation.crcs.byteLength + (operation.body?.byteLength ?? 0) : 0
}
