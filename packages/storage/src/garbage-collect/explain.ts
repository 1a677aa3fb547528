/**
 * Why garbage collection keeps something, or does not.
 * @module
 */
import { type Digest, OciError } from '@tsreg/oci'
import type { StorageContext } from '../context.ts'
import type { ExplainOptions, Explanation } from './report.ts'

export async function explainGarbage(
  _context: StorageContext,
  digest: Digest,
  _options: ExplainOptions = {},
): Promise<Explanation> {
  throw new OciError('UNSUPPORTED', `explaining ${digest} is not built yet`)
}
