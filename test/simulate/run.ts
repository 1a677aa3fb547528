/**
 * `npm run simulate`: what pushes, pulls, listings and garbage collection cost in requests, measured on the real code and
 * carried on to large stores. Prints the tables of docs/scale.md and fails when the page has others; `--write` writes them.
 *
 * With `--blobs`, `--repositories`, `--pushes`, `--pulls` (a second) or `--pages` (a second) the tables are about another
 * store, and the page is left alone.
 * @module
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { measureCollection, secondMarksFor } from './collection.ts'
import { fillStore, repositoryName } from './filled-store.ts'
import { measuredRegistry } from './measured-registry.ts'
import { measureOperations, type Operation } from './operations.ts'
import { withParts } from './page.ts'
import { type KeyPrefix, keyPrefixes, keysOf, shape } from './population.ts'
import {
  type BytesPerKey,
  collectionTable,
  defaultScenario,
  keyTable,
  listingTable,
  operationTable,
  rateTable,
  type Scenario,
} from './tables.ts'

const flags = {
  write: { type: 'boolean' },
  blobs: { type: 'string' },
  repositories: { type: 'string' },
  pushes: { type: 'string' },
  pulls: { type: 'string' },
  pages: { type: 'string' },
} as const

/** Small enough to be filled in a second, and of more than one repository. */
const smallStore = { ...shape, repositories: 3, imagesPerRepository: 40 }

await runSuite({ script: 'simulate', tools: [], flags }, async (context) => {
  const { report, record } = context
  const scenario = scenarioOf(context.flags)
  const operations = await measure()
  const bytesPerKey = await checkLayout(context)
  await checkBatches(context)
  const parts = new Map([
    ['operations', operationTable(operations)],
    ['rates', rateTable(operations, scenario)],
    ['keys', keyTable(scenario, bytesPerKey)],
    ['listings', listingTable(scenario)],
    ['collection', collectionTable(await measureCollection(smallStore), scenario)],
  ])
  for (const [name, part] of parts) console.log(`\n${name}\n${part}`)
  record({ scenario, operations: operations.map(({ name, cost }) => ({ name, ...cost.total })) })
  if (JSON.stringify(scenario) !== JSON.stringify(defaultScenario)) return
  const path = join(repositoryRoot, 'docs', 'scale.md')
  if (context.flags.write === true) await writeFile(path, withParts(await readFile(path, 'utf8'), parts))
  await report.check('docs/scale.md has these tables', async () => {
    const page = await readFile(path, 'utf8')
    assertThat(withParts(page, parts) === page, 'it has others: npm run simulate -- --write')
  })
})

async function measure(): Promise<readonly Operation[]> {
  await using registry = await measuredRegistry()
  return await measureOperations(registry)
}

/** The key layout that the simulation carries on is the one that the code writes. */
async function checkLayout({ report }: SuiteContext): Promise<BytesPerKey> {
  const contents = await (await fillStore(smallStore)).contents()
  await report.check('a small store has as many keys as the layout says', () => {
    for (const [prefix, expected] of Object.entries(keysOf(smallStore))) {
      const keys = contents[prefix]?.keys ?? 0
      assertThat(keys === expected, `${prefix}/ has ${keys} keys, not ${expected}`)
    }
    const unknown = Object.keys(contents).filter((prefix) => !['meta', ...keyPrefixes].includes(prefix as KeyPrefix))
    assertThat(unknown.length === 0, `there are keys under ${unknown.join(', ')}`)
  })
  return Object.fromEntries(Object.entries(contents).map(([prefix, { keys, bytes }]) => [prefix, bytes / keys]))
}

/** So many second marks as there are batches, whose size goes by the memory for marks. */
async function checkBatches({ report }: SuiteContext): Promise<void> {
  const population = { ...shape, repositories: 4, imagesPerRepository: 250, repositoryLayers: 0, ownLayers: 1 }
  await report.check('garbage collection makes a second mark for each batch', async () => {
    const { storage, watch } = await fillStore(population)
    for (const repository of [0, 1, 2]) await storage.repository(repositoryName(repository)).delete()
    const markBytes = 1_000_000
    const work = await watch(() => storage.collectGarbage({ graceMs: 0, markBytes }))
    // Two blobs of each image go; the links went with their repositories.
    const garbage = 3 * 250 * 2
    const scans = (work.m?.listed ?? 0) / 250
    assertEqual(scans, 1 + secondMarksFor(garbage, markBytes), 'the scans of manifests')
    return `${scans - 1} for ${garbage} blobs`
  })
}

function scenarioOf(given: SuiteContext['flags']): Scenario {
  const number = (flag: keyof typeof flags, byDefault: number) => {
    const value = Number(given[flag] ?? byDefault)
    if (!(value > 0)) throw new TypeError(`--${flag} is ${given[flag]}: give a number above 0`)
    return value
  }
  return {
    blobs: number('blobs', defaultScenario.blobs),
    repositories: number('repositories', defaultScenario.repositories),
    pushesPerSecond: number('pushes', defaultScenario.pushesPerSecond),
    pullsPerSecond: number('pulls', defaultScenario.pullsPerSecond),
    pagesPerSecond: number('pages', defaultScenario.pagesPerSecond),
  }
}
