/**
 * A process of its own that tries a lock between processes and tells what came of it: `lock-worker.ts PATH`.
 * @module
 */
import { tryFileLock } from '../files/file-lock.ts'

console.log((await tryFileLock(process.argv[2] ?? '')) === undefined ? 'locked' : 'got it')
