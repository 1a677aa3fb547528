/**
 * The thread that unpacks one layer: decompresses, hashes and writes in one pass. The file system is called synchronously,
 * which is the fast way and disturbs nobody here.
 *
 * Imports node's own modules and relative files only.
 * @module
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, read } from 'node:fs'
import { promisify } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { ImageError } from '../../errors.ts'
import { openPath } from '../../syscalls/index.ts'
import { decompress, detectCompression } from '../compression.ts'
import { TarParser } from '../tar/parser.ts'
import { Extractor } from './extractor.ts'
import { invalidLayer } from './invalid.ts'
import { checkSize } from './limits.ts'
import { type FromWorker, type ToWorker, toPortable, type WorkerTask } from './protocol.ts'

const readBytes = 1024 * 1024
const readFile = promisify(read)

const task = workerData as WorkerTask
const chunks: Uint8Array[] = []
let ended = false
let stopped = false
let arrived = Promise.withResolvers<void>()
let packedBytes = 0

function send(message: FromWorker): void {
  parentPort?.postMessage(message)
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'chunk') chunks.push(message.bytes)
  else if (message.kind === 'end') ended = true
  else stopped = true
  arrived.resolve()
})

/** What was sent, in its order. */
async function* received(): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const chunk = chunks.shift()
    if (chunk !== undefined) {
      packedBytes += chunk.byteLength
      yield chunk
      send({ kind: 'taken', bytes: chunk.byteLength })
    } else if (ended || stopped) return
    else {
      arrived = Promise.withResolvers()
      await arrived.promise
    }
  }
}

/** What the file holds, read one piece ahead. */
async function* readFrom(file: number): AsyncGenerator<Uint8Array, void, undefined> {
  let next = readNext(file)
  try {
    for (;;) {
      const { buffer, bytesRead } = await next
      if (bytesRead === 0 || stopped) return
      next = readNext(file)
      packedBytes += bytesRead
      yield buffer.subarray(0, bytesRead)
      send({ kind: 'taken', bytes: bytesRead })
    }
  } finally {
    // The descriptor is closed when the thread has ended.
    await next.catch(() => {})
  }
}

function readNext(file: number): Promise<{ bytesRead: number; buffer: Buffer }> {
  const reading = readFile(file, Buffer.allocUnsafeSlow(readBytes), 0, readBytes, null)
  // It is thrown where it is waited for, which may be later.
  reading.catch(() => {})
  return reading
}

async function unpack(): Promise<void> {
  const root = openSync(task.directory, openPath | constants.O_DIRECTORY)
  const extractor = new Extractor({ ...task, root })
  try {
    const parser = new TarParser(extractor, { names: 'latin1', sparse: true })
    const hash = createHash('sha256')
    let sizeBytes = 0
    for await (const bytes of await uncompressed()) {
      if (stopped) return
      sizeBytes += bytes.byteLength
      checkSize(task.limits, sizeBytes, packedBytes)
      hash.update(bytes)
      parser.push(bytes)
    }
    if (stopped) return
    parser.end()
    extractor.finish()
    const { entries, implied, namesRoot, skipped } = extractor
    send({ kind: 'done', diffId: hash.digest('hex'), sizeBytes, entries, implied, namesRoot, skipped })
  } finally {
    extractor.close()
    closeSync(root)
  }
}

async function uncompressed(): Promise<AsyncIterable<Uint8Array>> {
  const source = task.file === undefined ? received() : readFrom(task.file)
  const head: Uint8Array[] = []
  let length = 0
  while (length < 6) {
    const next = await source.next()
    if (next.done === true) break
    head.push(next.value)
    length += next.value.byteLength
  }
  const beginning = Buffer.concat(head)
  const whole = async function* () {
    yield beginning
    yield* source
  }
  return decompress(whole(), detectCompression(beginning))
}

/** The codec speaks of archives; what it reads here is a layer. */
function ofLayer(error: unknown): unknown {
  if (!(error instanceof ImageError) || error.code !== 'ARCHIVE_INVALID') return error
  return invalidLayer(error.message)
}

try {
  await unpack()
} catch (error) {
  send({ kind: 'failed', error: toPortable(ofLayer(error)) })
}
parentPort?.close()
