import { directoryBucket } from './bucket/index.ts'
import { describeStorage } from './testing/index.ts'
import { temporaryDirectories } from './testing/temporary-directory.ts'

const newDirectory = temporaryDirectories()

describeStorage('storage in a directory', async () => directoryBucket(await newDirectory()))
