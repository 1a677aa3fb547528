/**
 * Where tsreg differs from docker 20.10 on purpose.
 * @module
 */

import type { Difference } from './difference.ts'

export const tsregDifferences: readonly Difference[] = []
