/**
 * A program that writes to a directory bucket until it is killed, and prints each write that was acknowledged.
 * Usage: `node --conditions=source crash-child.ts DIR ROUND`
 * @module
 */
import { directoryBucket } from '../bucket/directory/directory.ts'
import { pieces, seededBytes, text } from './bucket-fixtures.ts'

const [, , directory = '', round = ''] = process.argv
const bucket = await directoryBucket(directory)

function acknowledge(...words: readonly (string | number)[]): void {
  process.stdout.write(`${words.join(' ')}\n`)
}

async function cells(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `cell/${round}-${worker}-${i}`
    await bucket.put(key, text(key), { ifAbsent: true })
    acknowledge('cell', key)
  }
}

async function counter(): Promise<void> {
  for (;;) {
    const cell = bucket.peek('counter')
    const next = Number(Buffer.from(cell?.body ?? text('0')).toString()) + 1
    await bucket.put('counter', text(`${next}`), cell === undefined ? { ifAbsent: true } : { ifMatch: cell.etag })
    acknowledge('counter', next)
  }
}

async function objects(worker: number): Promise<void> {
  for (let i = 0; ; i++) {
    const seed = worker * 1000 + i
    const size = 100_000 + ((seed * 7919) % 2_000_000)
    const key = `object/${round}-${seed}-${size}`
    await bucket.write(key, pieces(seededBytes(size, seed), 70_000))
    acknowledge('object', key)
  }
}

async function uploads(): Promise<void> {
  for (let seed = 0; ; seed++) {
    const size = 2_500_000
    const key = `object/${round}-${seed}-${size}`
    const upload = await bucket.startMultipart(key)
    const content = seededBytes(size, seed)
    const parts = []
    for (let at = 0; at < size; at += upload.partSize) {
      parts.push(await upload.part(parts.length + 1, [content.subarray(at, at + upload.partSize)]))
    }
    await upload.complete(parts)
    acknowledge('object', key)
  }
}

acknowledge('ready')
await Promise.all([cells(1), cells(2), cells(3), counter(), objects(1), objects(2), uploads()])
