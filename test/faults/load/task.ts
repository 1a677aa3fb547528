/**
 * What every pusher and puller is given.
 * @module
 */

import type { Random } from '../../harness/random.ts'
import type { Blob } from './content.ts'
import type { Ledger } from './ledger.ts'
import type { Connection } from './upload.ts'

export interface Task {
  readonly number: number
  readonly connection: Connection
  readonly random: Random
  readonly repositories: readonly string[]
  /** Blobs that many images share. */
  readonly pool: readonly Blob[]
  readonly ledger: Ledger
}
