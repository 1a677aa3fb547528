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
import type { FromWriter, ToWriter, WriterOptions } from './writer-protocol.ts'

const { path, maxPages } = workerData as WriterOptions

function send(message: FromWriter): void {
  parentPort?.postMessage(message)
}

try {
  const database = openWritableDatabase(path, { maxPages })
  const apply = groupApplier(database)
  parentPort?.on('message', (message: ToWriter) => {
    if (message.type === 'group') {
      send({ type: 'done', ...apply(message.requests) })
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
