/**
 * The thread that unpacks a layer, as the one sees it that feeds it.
 * @module
 */
import { Worker } from 'node:worker_threads'
import { defaultLimits } from './limits.ts'
import type { ApplyOptions } from './options.ts'
import { type FromWorker, fromPortable, type ToWorker, type WorkerTask } from './protocol.ts'

export interface ApplyThread {
  /** Hands over a copy of the bytes; resolves when more may follow. */
  send(bytes: Uint8Array): Promise<void>
  /** There is nothing more to send. */
  end(): void
  /** Nobody wants the outcome any more. */
  stop(): void
  /** What the thread found, or why it failed. */
  readonly done: Promise<ApplyOutcome>
  /** Resolves when the thread is gone and nothing is written any more. */
  readonly ended: Promise<void>
}

export type ApplyOutcome = Extract<FromWorker, { kind: 'done' }>

/** As much of the stored layer may be on its way to the thread. */
const maxUnderwayBytes = 4 * 1024 * 1024

// Run from the sources the thread is TypeScript; compiled or bundled it is the file beside this one.
const program = new URL(
  import.meta.url.endsWith('.ts') ? './apply-layer-worker.ts' : './apply-layer-worker.js',
  import.meta.url,
)

/** @param file descriptor from which the thread reads the layer by itself; without one it is sent. */
export function startThread(directory: string, options: ApplyOptions, file: number | undefined): ApplyThread {
  const { whiteouts, lower, unable = 'refuse', onBytes } = options
  const limits = { ...defaultLimits, ...options.limits }
  const workerData: WorkerTask = { directory, file, whiteouts, lower, limits, unable }
  const worker = new Worker(program, { workerData, name: 'tsreg-layer' })
  const done = Promise.withResolvers<ApplyOutcome>()
  const ended = Promise.withResolvers<void>()
  done.promise.catch(() => {})
  let underway = 0
  let room = Promise.withResolvers<void>()

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'done') done.resolve(message)
    else if (message.kind === 'failed') done.reject(fromPortable(message.error))
    // After a failure whatever else comes is dropped.
    underway -= message.kind === 'taken' ? message.bytes : underway
    room.resolve()
    if (message.kind === 'taken') onBytes?.(message.bytes)
  })
  worker.on('error', done.reject)
  worker.on('exit', () => {
    done.reject(new Error('the thread that unpacks the layer ended before its time'))
    underway = 0
    room.resolve()
    ended.resolve()
  })

  const tell = (message: ToWorker, transferred: readonly ArrayBuffer[] = []) => {
    worker.postMessage(message, [...transferred])
  }

  return {
    async send(bytes) {
      // Not the chunk itself: its memory may be shared with others, and would be gone here.
      const copy = new Uint8Array(bytes)
      underway += copy.byteLength
      tell({ kind: 'chunk', bytes: copy }, [copy.buffer])
      while (underway > maxUnderwayBytes) {
        room = Promise.withResolvers()
        await room.promise
      }
    },
    end: () => tell({ kind: 'end' }),
    stop: () => tell({ kind: 'stop' }),
    done: done.promise,
    ended: ended.promise,
  }
}
