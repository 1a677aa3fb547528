/**
 * One collection in a process of its own, so that its memory is its own: `node collect.ts STORE [--dry-run]`. Prints a line
 * per phase, and at the end one with what it did and took.
 * @module
 */
import { openStorage } from '@tsreg/storage'
import { type Bucket, directoryBucket, type ListOptions } from '@tsreg/storage/bucket'

const [store = '', flag] = process.argv.slice(2)
const directory = await directoryBucket(store)
const lists: Record<string, number> = {}
const counting: Bucket = {
  ...directory,
  list(options: ListOptions) {
    const kind = options.prefix.split('/')[0] ?? ''
    const name = kind === 'gc' ? options.prefix.split('/').slice(0, 2).join('/') : kind
    lists[name] = (lists[name] ?? 0) + 1
    return directory.list(options)
  },
}
const storage = await openStorage(counting, { cacheTtlMs: 0 })
let phase = ''
const report = await storage.collectGarbage({
  // The run before may have been killed a moment ago.
  ignoreLease: true,
  dryRun: flag === '--dry-run',
  onProgress(progress) {
    if (progress.phase === phase) return
    phase = progress.phase
    console.log(`phase ${phase}`)
  },
})
await storage.close()
console.log(JSON.stringify({ report, lists, peakBytes: process.resourceUsage().maxRSS * 1024 }))
