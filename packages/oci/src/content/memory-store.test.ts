import { describeTarget } from '../testing/index.ts'
import { MemoryStore } from './memory-store.ts'

describeTarget('MemoryStore', async () => ({ target: new MemoryStore() }))
