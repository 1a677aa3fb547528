/**
 * `npm run test:gc`: garbage is collected in a store of a million blobs, of which one in a hundred is garbage: in bounded
 * memory, with one range scan per mark, and with a count of what each live blob costs. One run is killed in its midst.
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import type { FsckReport, GarbageReport } from '@tsreg/storage'
import { openStorage } from '@tsreg/storage'
import { type Bucket, directoryBucket, loadCells } from '@tsreg/storage/bucket'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { blobBytes, blobOf, cellsIn, homeOf, liveBlobs, type StoreShape, storeCells } from './content.ts'

const mostBytes = 300_000_000
/**
 * What a container of that size would be given: without a limit V8 lets garbage lie for as long as there is memory, and the
 * peak of the process (360 to 400 MB on a machine with 24 GB) tells nothing of what is needed.
 */
const heapLimits = ['--max-old-space-size=96', '--max-semi-space-size=8']
/** For fsck, which reads every cell and sorts what it claims. */
const mostFsckBytes = 500_000_000

interface Run {
  readonly report: GarbageReport
  /** LIST requests by the first part of the prefix. */
  readonly lists: Readonly<Record<string, number>>
  /** Of the process. */
  readonly peakBytes: number
}

await runSuite({ script: 'test:gc', tools: [] }, async (context) => {
  const { directory, report, scale, record } = context
  const blobs = scale === 'full' ? 1_000_000 : 100_000
  const shape: StoreShape = { images: (blobs * 0.99) / 10, garbage: blobs / 100 }
  await mkdir(join(directory, 'store'))
  const store = join(directory, 'store', 'data')
  record({ blobs, ...shape, heapLimits })
  report.section(`${blobs} blobs, ${shape.garbage} of them garbage, ${shape.images} images`)
  await report.check('loaded straight into the bucket', async () => {
    // Two days ago: older than any grace.
    const modifiedMs = Date.now() - 172_800_000
    assertEqual(await loadCells(store, storeCells(shape), { modifiedMs }), cellsIn(shape), 'the cells')
  })
  await collectAll(context, store, shape)
  await checkStore(context, store, shape)
  await checkWhole(context, store, shape)
})

async function collectAll(context: SuiteContext, store: string, shape: StoreShape): Promise<void> {
  const { report, record } = context
  const pages = Math.floor(shape.images / 1000) + 1
  const live = liveBlobs(shape)

  await report.check('a dry run, the first look at the store, tells exactly the garbage', async () => {
    const run = await collect(store, '--dry-run')
    const { manifests, blobs, links, bytes } = run.report
    assertEqual(manifests.read, shape.images, 'the manifests read')
    assertEqual(blobs.removed, shape.garbage, 'the blobs that would go')
    assertEqual(links.removed, shape.garbage, 'the links that would go')
    assertEqual(bytes.pending, shape.garbage * blobBytes, 'the bytes that would be freed')
    assertEqual(run.lists.m, pages, 'the LISTs of manifests, one range scan')
    return told(context, 'cold mark', run, live)
  })

  await report.check('a run that is killed in its sweep has taken nothing that is needed', async () => {
    await killInSweep(store)
  })

  await report.check('the next run goes on, and takes the rest', async () => {
    const run = await collect(store)
    const { manifests, blobs, links, tags } = run.report
    assertEqual(manifests.read, 0, 'the manifests read, which the run that was killed had written down')
    assertEqual(blobs.kept, live, 'the blobs kept')
    assertEqual(blobs.seen, live + blobs.removed, 'the blobs seen')
    assertEqual(links.kept, live, 'the links kept')
    assertEqual(tags.removed, 0, 'the tags removed')
    assertThat(blobs.removed > 0 && blobs.removed <= shape.garbage, `${blobs.removed} blobs were removed`)
    assertEqual(run.lists.m, 2 * pages, 'the LISTs of manifests, one range scan for each of two marks')
    return told(context, 'resumed run', run, live)
  })

  await report.check('a later run deletes the bytes, finds no garbage, and reads no manifest', async () => {
    const run = await collect(store)
    const { manifests, blobs, bytes } = run.report
    assertEqual(manifests.read, 0, 'the manifests read')
    assertEqual(blobs.condemned, 0, 'the blobs condemned')
    assertEqual(bytes.pending, 0, 'the bytes left')
    assertEqual(run.lists.m, pages, 'the LISTs of manifests, one range scan')
    record({ 'bytes freed by the last run': bytes.freed })
    return told(context, 'warm run', run, live)
  })
}

/** Checks the memory, and records what was asked of the bucket. */
function told({ record }: SuiteContext, name: string, { report, peakBytes }: Run, live: number): string {
  const { list, read, write, delete: deleted } = report.requests
  const perBlob = Math.round(((list + read + write + deleted) / live) * 10_000) / 10_000
  record({
    [name]: { requests: report.requests, requestsPerLiveBlob: perBlob, peakBytes, durationMs: report.durationMs },
  })
  assertThat(peakBytes < mostBytes, `the process took ${peakBytes} bytes, ${mostBytes} are allowed`)
  return `${perBlob} requests per live blob (${list} LIST, ${read} GET, ${write} PUT, ${deleted} DELETE), ${Math.round(peakBytes / 1e6)} MB`
}

function start(store: string, ...flags: readonly string[]) {
  const command = join(import.meta.dirname, 'collect.ts')
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...heapLimits, command, store, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function collect(store: string, ...flags: readonly string[]): Promise<Run> {
  const child = start(store, ...flags)
  let last = ''
  for await (const line of createInterface({ input: child.stdout })) last = line
  assertThat(last.startsWith('{'), `the collection did not come to its end: ${last}`)
  return JSON.parse(last) as Run
}

async function killInSweep(store: string): Promise<void> {
  const child = start(store)
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  for await (const line of createInterface({ input: child.stdout })) if (line === 'phase sweep') child.kill('SIGKILL')
  assertEqual(await ended, 'SIGKILL', 'what ended the run')
}

async function checkStore({ report, seed }: SuiteContext, store: string, shape: StoreShape): Promise<void> {
  const bucket = await directoryBucket(store)
  const storage = await openStorage(bucket)
  const live = liveBlobs(shape)
  await report.check(
    'what is left is what is needed: its bytes, its pointers, its links, and nothing in the trash',
    async () => {
      assertEqual(await count(bucket, 'd/'), live, 'the objects with bytes')
      assertEqual(await count(bucket, 'b/', 36), live, 'the pointers that are alive')
      assertEqual(await count(bucket, 'l/'), live, 'the links')
      assertEqual(await count(bucket, 'gc/trash/'), 0, 'the entries of the trash')
    },
  )
  await report.check('blobs taken at random are read with their bytes', async () => {
    const random = createRandom(seed, 'samples')
    for (let sample = 0; sample < 1000; sample++) {
      const number = random.integer(0, live - 1)
      const { bytes, hex } = blobOf(number)
      const { blobs } = storage.repository(homeOf(number, shape))
      const read = await buffer(await blobs.open(`sha256:${hex}` as Parameters<typeof blobs.open>[0]))
      assertThat(read.equals(bytes), `blob ${number} has other bytes`)
    }
    return '1000 of them'
  })
  await storage.close()
}

/** The store was loaded without the markers of image IDs, and that is all that fsck may find. */
async function checkWhole({ report, record }: SuiteContext, store: string, shape: StoreShape): Promise<void> {
  await report.check(
    'fsck reads and hashes all of it in bounded memory, and finds what is missing and no more',
    async () => {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'check.ts'), store],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      let last = ''
      for await (const line of createInterface({ input: child.stdout })) last = line
      assertThat(last.startsWith('{'), `fsck did not come to its end: ${last}`)
      const { report: found, peakBytes } = JSON.parse(last) as { report: FsckReport; peakBytes: number }
      const { checked, problems, durationMs } = found
      assertEqual(checked.pointers, liveBlobs(shape), 'the blobs checked')
      assertEqual(checked.objects, liveBlobs(shape), 'the objects checked')
      assertEqual(checked.manifests, shape.images, 'the manifests checked')
      assertEqual(Object.keys(problems).join(), 'marker-missing', 'the problems')
      record({ fsck: { checked, markersMissing: problems['marker-missing']?.found, peakBytes, durationMs } })
      assertThat(peakBytes < mostFsckBytes, `the process took ${peakBytes} bytes, ${mostFsckBytes} are allowed`)
      return `${checked.hashedBytes} bytes hashed, ${Math.round(peakBytes / 1e6)} MB, ${Math.round(durationMs / 1000)} s`
    },
  )
}

/** Keys with the prefix, those of so many bytes left out. */
async function count(bucket: Bucket, prefix: string, except?: number): Promise<number> {
  let found = 0
  for (let startAfter = prefix; ; ) {
    const page = await bucket.list({ prefix, startAfter })
    found += page.filter(({ size }) => size !== except).length
    const last = page.at(-1)
    if (last === undefined) return found
    startAfter = last.key
  }
}
