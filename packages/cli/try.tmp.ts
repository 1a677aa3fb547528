import { startRegistry } from '@tsreg/registry'
import { openStorage } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'

const r = await startRegistry(
  { listen: '127.0.0.1:5055', logLevel: 'warn' },
  { storage: await openStorage(memoryBucket()) },
)
console.log(r.url)
