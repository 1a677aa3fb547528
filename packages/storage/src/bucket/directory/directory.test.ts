import { describeBucket } from '../../testing/bucket-suite.ts'
import { temporaryDirectories } from '../../testing/temporary-directory.ts'
import { directoryBucket } from './directory.ts'

const newDirectory = temporaryDirectories()

describeBucket('directory bucket', async () => directoryBucket(await newDirectory()))
