/**
 * One fsck in a process of its own, so that its memory is its own: `node check.ts STORE`. Prints one line with what it found
 * and took.
 * @module
 */
import { openStorage } from '@tsreg/storage'
import { directoryBucket } from '@tsreg/storage/bucket'

const [store = ''] = process.argv.slice(2)
const storage = await openStorage(await directoryBucket(store), { cacheTtlMs: 0 })
const report = await storage.fsck({ deep: true, youngMs: 0 })
await storage.close()
console.log(JSON.stringify({ report, peakBytes: process.resourceUsage().maxRSS * 1024 }))
