/**
 * `npm run test:listings`: pages of very long listings read as few rows at the end as at the beginning, also where most
 * entries have been deleted. Rows are counted by the bucket and asserted; times are printed.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openStorage, type Page } from '@tsreg/storage'
import { type DirectoryBucket, directoryBucket, loadCells } from '@tsreg/storage/bucket'
import { assertEqual, assertThat } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { catalogCells, repository, repositoryOf, tagCells, tagKey, tagOf } from './content.ts'

const pageSize = 100
/** A page and one row more, which tells that another page follows. */
const rowsPerPage = pageSize + 1

interface Listing {
  readonly title: string
  readonly count: number
  /** The entry at a position. */
  readonly at: (position: number) => string
  readonly path: string
  readonly field: 'tags' | 'repositories'
  readonly page: (last: string | undefined) => Promise<Page<string>>
}

await runSuite({ script: 'test:listings', tools: [] }, async (context) => {
  const { directory, report, scale, record } = context
  const tags = scale === 'full' ? 1_000_000 : 100_000
  const repositories = 100_000
  await mkdir(join(directory, 'store'))
  const store = join(directory, 'store', 'data')
  report.section(`${tags} tags in one repository, ${repositories} repositories`)
  await report.check('loaded straight into the bucket', async () => {
    assertEqual(await loadCells(store, tagCells(tags)), tags + 1, 'the cells of tags')
    assertEqual(await loadCells(store, catalogCells(repositories)), repositories, 'the cells of the catalog')
  })
  record({ tags, repositories })
  await readPages(context, store, { tags, kept: tags, tagAt: (position) => tagOf(position) })

  const kept = tags / 10
  report.section(`${tags - kept} of the tags deleted`)
  await report.check('deleted from the bucket', () => deleteNineOfTen(store, tags))
  await readPages(context, store, { tags, kept, tagAt: (position) => tagOf(position * 10) })
})

interface Expected {
  readonly tags: number
  /** How many tags are left, and which one stands at a position. */
  readonly kept: number
  readonly tagAt: (position: number) => string
}

async function readPages(context: SuiteContext, store: string, { kept, tagAt }: Expected): Promise<void> {
  const bucket = await directoryBucket(store)
  const storage = await openStorage(bucket)
  const listings: Listing[] = [
    {
      title: 'tags',
      count: kept,
      at: tagAt,
      path: `/v2/${repository}/tags/list`,
      field: 'tags',
      page: (last) => storage.repository(repository).tags.list({ limit: pageSize, last }),
    },
    {
      title: 'repositories',
      count: 100_001,
      // `listing` itself stands before all `team…`.
      at: (position) => (position === 0 ? repository : repositoryOf(position - 1)),
      path: '/v2/_catalog',
      field: 'repositories',
      page: (last) => storage.catalog({ limit: pageSize, last }),
    },
  ]
  for (const listing of listings) await countRows(context, bucket, listing)
  await storage.close()
  await askServer(context, store, listings)
}

function starts(count: number): readonly (readonly [name: string, position: number])[] {
  return [
    ['first', 0],
    ['middle', Math.floor(count / 2)],
    ['last', count - pageSize],
  ]
}

async function countRows({ report, record }: SuiteContext, bucket: DirectoryBucket, listing: Listing): Promise<void> {
  for (const [name, position] of starts(listing.count)) {
    await report.check(
      `the ${name} page of ${listing.count} ${listing.title} reads at most ${rowsPerPage} rows`,
      async () => {
        const before = bucket.stats().rowsListed
        const page = await listing.page(position === 0 ? undefined : listing.at(position - 1))
        const rows = bucket.stats().rowsListed - before
        record({ [`rows ${listing.title} ${listing.count} ${name}`]: rows })
        assertEqual(page.items.length, pageSize, 'the entries of the page')
        assertEqual(page.items[0], listing.at(position), 'the first entry')
        assertEqual(page.items.at(-1), listing.at(position + pageSize - 1), 'the last entry')
        assertEqual(page.more, name !== 'last', 'whether more follows')
        assertThat(rows <= rowsPerPage, `${rows} rows were read`)
        return `${rows} rows`
      },
    )
  }
}

/** The same pages over HTTP, for their times and their Link. */
async function askServer({ report, record }: SuiteContext, store: string, listings: readonly Listing[]): Promise<void> {
  const server = await startServer({ kind: 'tsreg', directory: store, args: ['--no-access-log'] })
  try {
    for (const { title, count, at, path, field } of listings) {
      await report.check(`the server answers pages of ${count} ${title} with a link to the next one`, async () => {
        const times: string[] = []
        for (const [name, position] of starts(count)) {
          const query =
            position === 0 ? `?n=${pageSize}` : `?n=${pageSize}&last=${encodeURIComponent(at(position - 1))}`
          const begun = performance.now()
          const response = await fetch(`${server.url}${path}${query}`)
          const body = (await response.json()) as Record<string, string[]>
          const ms = performance.now() - begun
          assertEqual(response.status, 200, 'the status')
          assertEqual(body[field]?.[0], at(position), 'the first entry')
          assertEqual(body[field]?.length, pageSize, 'the entries of the page')
          assertEqual(response.headers.has('link'), name !== 'last', 'whether there is a Link')
          times.push(`${name} ${ms.toFixed(1)} ms`)
          record({ [`ms ${title} ${count} ${name}`]: Math.round(ms * 10) / 10 })
        }
        return times.join(', ')
      })
    }
  } finally {
    await server.stop()
  }
}

async function deleteNineOfTen(store: string, tags: number): Promise<string> {
  const bucket = await directoryBucket(store)
  const perBatch = 5000
  let deleted = 0
  for (let from = 0; from < tags; from += perBatch) {
    const numbers = Array.from({ length: perBatch }, (_, i) => from + i).filter((number) => number % 10 !== 0)
    const outcomes = await bucket.batch(numbers.map((number) => ({ key: tagKey(number) })))
    deleted += outcomes.filter(({ ok }) => ok).length
  }
  await bucket.close()
  assertEqual(deleted, tags - tags / 10, 'the tags deleted')
  return `${deleted} tags`
}
