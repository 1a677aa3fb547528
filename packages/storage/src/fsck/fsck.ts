/**
 * fsck: does everything that is there belong together? One pass over all keys, beside running registries; every problem is
 * looked at again before it is told, and mended only where the storage protocol proves that nobody can lose by it.
 * @module
 */
import type { StorageContext } from '../context.ts'
import { checkBytes, checkReferences } from './check.ts'
import type { FsckOptions, FsckReport } from './report.ts'
import { startRun } from './run.ts'
import { type Scan, scanLinks, scanObjects, scanPointers, scanSessions, scanTrash } from './scan.ts'
import { scanManifests, scanMarkers, scanTags } from './scan-repositories.ts'
import { lineSorter } from './sorted-lines.ts'

/**
 * Memory is bounded by `sortBytes` and by what one page needs, whatever the size of the store.
 * @throws what the bucket throws when it does not answer; the signal's reason when it is aborted
 */
export async function fsck(context: StorageContext, options: FsckOptions = {}): Promise<FsckReport> {
  const run = startRun(context, options)
  await using objects = lineSorter(run.sortBytes / 4)
  await using bytes = lineSorter(run.sortBytes / 4)
  await using cells = lineSorter(run.sortBytes / 2)
  const scan: Scan = { run, objects, bytes, cells }
  // This order is what makes an object that nobody claims one that nobody is going to claim.
  await scanObjects(scan)
  await scanSessions(scan)
  await scanPointers(scan)
  await scanTrash(scan)
  await checkBytes(scan)
  await scanLinks(scan)
  await scanManifests(scan)
  await scanTags(scan)
  await scanMarkers(scan)
  await checkReferences(scan)
  return run.report()
}
