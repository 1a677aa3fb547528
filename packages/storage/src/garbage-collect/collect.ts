/**
 * Garbage collection beside pushes, from any replica.
 * @module
 */
import { OciError } from '@tsreg/oci'
import type { StorageContext } from '../context.ts'
import type { GarbageOptions, GarbageReport } from './report.ts'

/** @throws UNSUPPORTED on a store without compare-and-swap */
export async function collectGarbage(_context: StorageContext, _options: GarbageOptions = {}): Promise<GarbageReport> {
  throw new OciError('UNSUPPORTED', 'garbage collection is not built yet')
}
