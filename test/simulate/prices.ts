/**
 * What stores ask for requests and bytes: parameters of the simulation, as their operators published them.
 * @module
 */

import type { Tally } from './tally.ts'

export interface Prices {
  /** Whose, for which place, and when they were looked up. */
  readonly name: string
  readonly asOf: string
  /** US dollars for a thousand requests. */
  readonly per1000: Tally
  /** US dollars for a GB (10^9 bytes) kept for a month. */
  readonly perGigabyteMonth: number
  /** US dollars for a GB sent to the internet. */
  readonly perGigabyteOut: number
}

/** Standard class in us-east-1; DELETE and cancelled uploads are free, LIST costs as PUT does. */
export const aws: Prices = {
  name: 'AWS S3',
  asOf: '2025',
  per1000: { write: 0.005, list: 0.005, read: 0.0004, delete: 0 },
  perGigabyteMonth: 0.023,
  perGigabyteOut: 0.09,
}

/** Class A operations are writes and LIST, class B reads. */
export const cloudflare: Prices = {
  name: 'Cloudflare R2',
  asOf: '2025',
  per1000: { write: 0.0045, list: 0.0045, read: 0.00036, delete: 0 },
  perGigabyteMonth: 0.015,
  perGigabyteOut: 0,
}

/** US dollars for the requests. */
export function priceOf(tally: Tally, { per1000 }: Prices): number {
  const { write, list, read, delete: deletes } = tally
  return (write * per1000.write + list * per1000.list + read * per1000.read + deletes * per1000.delete) / 1000
}

/** What S3 promises for one partition of keys, per second; it splits a busy one by itself, within the hour. */
export const partitionLimits = { write: 3500, read: 5500 } as const
