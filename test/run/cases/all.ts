/**
 * All cases, by what they are about.
 * @module
 */

import type { RunCase } from '../run-case.ts'
import { execCases } from './exec.ts'
import { imageCases } from './images.ts'
import { inspectCases } from './inspect.ts'
import { interactiveCases } from './interactive.ts'
import { lifeCases } from './life.ts'
import { limitCases } from './limits.ts'
import { logCases } from './logs.ts'
import { mountCases } from './mounts.ts'
import { nameCases } from './names.ts'
import { processCases } from './process.ts'
import { signalCases } from './signals.ts'

export const allCases: Readonly<Record<string, readonly RunCase[]>> = {
  process: processCases,
  mounts: mountCases,
  limits: limitCases,
  life: lifeCases,
  names: nameCases,
  inspect: inspectCases,
  images: imageCases,
  logs: logCases,
  exec: execCases,
  interactive: interactiveCases,
  signals: signalCases,
}
