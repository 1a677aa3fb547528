/**
 * What every check of this suite is given.
 * @module
 */

import type { Random } from '../harness/random.ts'
import type { Report } from '../harness/report.ts'
import type { Home } from './home.ts'
import type { Scene } from './scene.ts'

export interface Stage {
  readonly home: Home
  readonly scene: Scene
  readonly report: Report
  readonly random: Random
}
