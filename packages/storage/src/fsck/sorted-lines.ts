/**
 * Sorts more lines than memory holds: what does not fit is sorted in pieces, which go to files that have no name any more
 * and are merged when they are read. However the process ends, nothing is left of them.
 * @module
 */
import { type FileHandle, mkdtemp, open, rmdir, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LineSorter extends AsyncDisposable {
  /** A line of ASCII without an end of line. */
  add(line: string): Promise<void>
  /** All lines in order, once; nothing is added any more. */
  sorted(): AsyncIterable<string>
  /** Lines so far. */
  readonly count: number
}

/** Files merged at a time; with more of them, all become one first. */
const fanIn = 16
const flushChars = 1024 * 1024
const smallestBlock = 64 * 1024

/**
 * @param maxBytes of lines in memory; as much again while they are sorted
 * @param name what the names of its files begin with, for the moment that they have names
 */
export function lineSorter(maxBytes: number, name = 'tsreg-fsck-'): LineSorter {
  const runs: FileHandle[] = []
  // As bytes and not as strings, which take several times as much until somebody compares them.
  let block = Buffer.allocUnsafe(Math.min(maxBytes, smallestBlock))
  let used = 0
  let count = 0
  let spilling: Promise<void> = Promise.resolve()

  async function spill(lines: string[]): Promise<void> {
    runs.push(await writeRun(name, lines))
    if (runs.length < fanIn) return
    const merged = await writeRun(name, merge(runs.map(readRun)))
    for (const run of runs.splice(0)) await run.close()
    runs.push(merged)
  }

  function takeSorted(): string[] {
    const lines = used === 0 ? [] : block.toString('latin1', 0, used - 1).split('\n')
    used = 0
    return lines.sort(compare)
  }

  function grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(maxBytes, block.byteLength * 2)))
    block.copy(larger, 0, 0, used)
    block = larger
  }

  return {
    get count() {
      return count
    },
    async add(line) {
      count++
      const end = used + line.length + 1
      if (end > block.byteLength) grow(end)
      block.write(line, used, 'latin1')
      block[end - 1] = newline
      used = end
      if (used < maxBytes) return
      const lines = takeSorted()
      // One piece after the other; who adds waits, so that no more than two pieces are in memory.
      spilling = spilling.then(() => spill(lines))
      await spilling
    },
    async *sorted() {
      await spilling
      yield* merge([...runs.map(readRun), each(takeSorted())])
    },
    async [Symbol.asyncDispose]() {
      await spilling.catch(() => {})
      used = 0
      for (const run of runs.splice(0)) await run.close()
    },
  }
}

const newline = 0x0a

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

async function writeRun(name: string, lines: Iterable<string> | AsyncIterable<string>): Promise<FileHandle> {
  const file = await namelessFile(name)
  let pending: string[] = []
  let chars = 0
  const flush = async () => {
    await file.writeFile(pending.join(''))
    pending = []
    chars = 0
  }
  for await (const line of lines) {
    pending.push(`${line}\n`)
    chars += line.length + 1
    if (chars >= flushChars) await flush()
  }
  await flush()
  return file
}

async function namelessFile(name: string): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), name))
  const path = join(directory, 'lines')
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  await rmdir(directory)
  return file
}

async function* readRun(file: FileHandle): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false, encoding: 'utf8' })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

async function* merge(sources: readonly AsyncGenerator<string>[]): AsyncGenerator<string> {
  const heads: { line: string; readonly source: AsyncGenerator<string> }[] = []
  for (const source of sources) {
    const first = await source.next()
    if (!first.done) heads.push({ line: first.value, source })
  }
  for (;;) {
    let least = heads[0]
    if (least === undefined) return
    for (const head of heads) if (head.line < least.line) least = head
    yield least.line
    const next = await least.source.next()
    if (next.done) heads.splice(heads.indexOf(least), 1)
    else least.line = next.value
  }
}
