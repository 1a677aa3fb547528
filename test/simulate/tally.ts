/**
 * Requests to a store, in the classes that are paid and limited apart.
 * @module
 */

export const requestClasses = ['write', 'list', 'read', 'delete'] as const

export type RequestClass = (typeof requestClasses)[number]

/** How many of each; of averages, fractions. */
export type Tally = Readonly<Record<RequestClass, number>>

export const noRequests: Tally = { write: 0, list: 0, read: 0, delete: 0 }

export function addTallies(...tallies: readonly Tally[]): Tally {
  return combine((name) => tallies.reduce((sum, tally) => sum + tally[name], 0))
}

export function scaleTally(tally: Tally, factor: number): Tally {
  return combine((name) => tally[name] * factor)
}

export function totalOf(tally: Tally): number {
  return requestClasses.reduce((sum, name) => sum + tally[name], 0)
}

/** @throws Error for an operation that nobody has put into a class */
export function classOf(operation: string): RequestClass {
  const found = classes[operation]
  if (found === undefined) throw new Error(`no class for ${operation} in test/simulate/tally.ts`)
  return found
}

const classes: Readonly<Record<string, RequestClass>> = {
  PutObject: 'write',
  CreateMultipartUpload: 'write',
  UploadPart: 'write',
  UploadPartCopy: 'write',
  CompleteMultipartUpload: 'write',
  ListObjectsV2: 'list',
  GetObject: 'read',
  HeadObject: 'read',
  HeadBucket: 'read',
  DeleteObject: 'delete',
  AbortMultipartUpload: 'delete',
}

function combine(countOf: (name: RequestClass) => number): Tally {
  return { write: countOf('write'), list: countOf('list'), read: countOf('read'), delete: countOf('delete') }
}
