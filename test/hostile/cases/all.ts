/**
 * All attacks, by what they attack.
 * @module
 */

import type { Attack } from '../attack.ts'
import { archiveAttacks } from './archives.ts'
import { contextAttacks } from './context.ts'
import { destinationAttacks } from './destinations.ts'
import { imageAttacks } from './images.ts'
import { inputAttacks } from './inputs.ts'
import { stageAttacks } from './stages.ts'

export const sections: Readonly<Record<string, readonly Attack[]>> = {
  'The build context': contextAttacks,
  'The Dockerfile and the ignore file': inputAttacks,
  'Archives that ADD unpacks': archiveAttacks,
  'Where COPY and ADD go, and who and where commands run': destinationAttacks,
  'Stages and images that COPY takes from': stageAttacks,
  'Images out of a registry': imageAttacks,
}
