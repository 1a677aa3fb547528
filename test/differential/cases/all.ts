/**
 * All Dockerfiles of the suite.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { addCases } from './add.ts'
import { copyCases } from './copy.ts'
import { copyOptionCases } from './copy-options.ts'
import { dockerignoreCases } from './dockerignore.ts'
import { failureCases } from './failures.ts'
import { fromCases } from './from.ts'
import { metadataCases } from './metadata.ts'
import { processCases } from './process.ts'
import { runCases } from './run.ts'
import { syntaxCases } from './syntax.ts'
import { variableCases } from './variables.ts'

/** By topic. */
export const buildCases: Readonly<Record<string, readonly BuildCase[]>> = {
  FROM: fromCases,
  RUN: runCases,
  COPY: copyCases,
  'COPY options': copyOptionCases,
  ADD: addCases,
  '.dockerignore': dockerignoreCases,
  'ENV and ARG': variableCases,
  process: processCases,
  metadata: metadataCases,
  syntax: syntaxCases,
  failures: failureCases,
}
