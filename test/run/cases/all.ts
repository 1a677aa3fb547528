/**
 * All cases, by what they are about.
 * @module
 */

import type { RunCase } from '../run-case.ts'
import { limitCases } from './limits.ts'
import { mountCases } from './mounts.ts'
import { processCases } from './process.ts'

export const allCases: Readonly<Record<string, readonly RunCase[]>> = {
  process: processCases,
  mounts: mountCases,
  limits: limitCases,
}
