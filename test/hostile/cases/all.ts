/**
 * All attacks, by what they attack.
 * @module
 */

import type { Attack } from '../attack.ts'
import { contextAttacks } from './context.ts'

export const sections: Readonly<Record<string, readonly Attack[]>> = {
  'Links and names in the context': contextAttacks,
}
