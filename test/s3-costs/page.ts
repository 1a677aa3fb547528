/**
 * The page of what operations cost, `docs/s3-requests.md`, made from a measurement. A test keeps the file equal to it;
 * `node test/s3-costs/page.ts > docs/s3-requests.md` writes it anew.
 * @module
 */

import { cephBehaviour } from '@tsreg/storage/testing/s3-double'
import { type Cost, measureCosts } from './measure.ts'

/** Most requests that an operation may cost, on a store with a conditional DELETE. */
export const bounds: Readonly<Record<string, number>> = {
  'new blob of 1 MiB, POST + PUT': 9,
  'new blob of 1 MiB, POST + PATCH + PUT': 11,
  'blob that is there, POST + PUT': 6,
  'blob that is there, POST ?digest=': 6,
  'blob that is in another repository, POST + PUT': 6,
  'blob that is in another repository, mount': 6,
  'manifest with 10 layers by tag, first of its repository, cold': 32,
  'manifest with 10 layers by tag, cold': 32,
  'manifest GET by tag, cold': 2,
  'manifest GET by tag, warm': 1,
  'blob GET, redirected, cold': 2,
  'blob GET, redirected, warm': 0,
  'a page of tags': 1,
}

export interface Measured {
  /** As AWS S3 and SeaweedFS: conditional DELETE. */
  readonly full: readonly Cost[]
  /** As Ceph RGW: compare-and-swap, but no conditional DELETE. */
  readonly ceph: readonly Cost[]
}

export async function measureBoth(): Promise<Measured> {
  return { full: await measureCosts(), ceph: await measureCosts(cephBehaviour) }
}

/** The whole page. */
export function costsPage({ full, ceph }: Measured): string {
  const rows = full.map(({ operation, requests, total }) => {
    const without = ceph.find((cost) => cost.operation === operation)?.total
    const each = Object.entries(requests).map(([name, count]) => `${count} ${name}`)
    return `| ${operation} | ${total} | ${without} | ${bounds[operation] ?? ''} | ${each.join(', ')} |\n`
  })
  return `# What operations cost in requests to S3

Counted by an S3 server in the process, every method, while a registry is asked over HTTP: \`node test/s3-costs/page.ts\` prints this page, and a test keeps it true.
*Cold* is a replica that has just started, *warm* one that was asked the same within \`cacheSeconds\`. The second column of figures is for stores without a conditional
DELETE.

| operation | requests | without conditional DELETE | bound | which |
|---|---|---|---|---|
${rows.join('')}
A blob of at most 16 KiB lives in its pointer and needs no object of its own. The first upload over 4 MiB on a replica costs two more, to learn the size of parts. An upload
whose requests reach several replicas costs one LIST more: only the replica that wrote everything knows that there is nothing else to clear away.
`
}

if (import.meta.main) process.stdout.write(costsPage(await measureBoth()))
