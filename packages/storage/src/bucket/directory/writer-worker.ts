/**
 * The writer thread: the only place that writes to the store's database. One group of requests per message, one COMMIT
 * per group; what arrives meanwhile waits for the next message.
 *
 * A thread of its own, because COMMIT waits for the disk. Imports node's own modules and relative files only.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import { groupApplier } from './apply-group.ts'
import { openWritableDatabase } from './database.ts'
import type { FromWriter, Operation, ToWriter, WriterOptions } from './writer-protocol.ts'

const { path, maxPages } = workerData as WriterOptions

function send(message: FromWriter): void {
  parentPort?.postMessage(message)
}

/**
 * Gives the group's one buffer back at once: this thread's heap hardly grows, so that its collector would come only
 * after hundreds of megabytes of them.
 */
function freeMemory(requests: readonly (readonly Operation[])[]): void {
  for (const operation of requests.flat()) {
    if (operation.kind !== 'put') continue
    if (operation.crcs.buffer instanceof ArrayBuffer) operation.crcs.buffer.transfer(0)
    return
  }
}

try {
  const database = openWritableDatabase(path, { maxPages })
  const apply = groupApplier(database)
  parentPort?.on('message', (message: ToWriter) => {
    if (message.type === 'group') {
      const done = apply(message.requests)
      freeMemory(message.requests)
      send({ type: 'done', ...done })
      return
    }
    database.close()
    parentPort?.close()
  })
  send({ type: 'ready' })
} catch (error) {
  const { message = String(error), errcode = 0 } = error as { message?: string; errcode?: number }
  send({ type: 'cannot-open', message, errcode })
  parentPort?.close()
}
