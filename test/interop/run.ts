/**
 * `npm run test:clients`: everybody's client against one registry, with and without a login.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertThat } from '../harness/report.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { type Fixture, makeFixtures } from './fixtures.ts'
import { clientNames, clientTools, runRoundTrips } from './round-trips.ts'

await runSuite(
  {
    script: 'test:clients',
    tools: clientTools,
    flags: { clients: { type: 'string' }, fixtures: { type: 'string' } },
  },
  async (context) => {
    const fixtures = await chosenFixtures(context)
    for (const { name, digest, sizeBytes } of fixtures) {
      context.report.note(`${name.padEnd(9)} ${(sizeBytes / 1e6).toFixed(1)} MB  ${digest}`)
    }
    const { flags } = context
    const clients = typeof flags.clients === 'string' ? flags.clients.split(',') : clientNames
    const versions: Record<string, string> = {}
    for (const authentication of [false, true]) {
      // Logging in does not depend on size: at the ci scale the large image travels without it only.
      const moved = fixtures.filter(({ name }) => name !== 'debian' || !authentication || context.scale === 'full')
      const once = context.scale === 'ci' ? ['debian'] : []
      const { report, server: kind, directory } = context
      const trips = { report, kind, directory, authentication, fixtures: moved, clients, once }
      Object.assign(versions, await runRoundTrips(trips))
    }
    context.record({
      clients: versions,
      fixtures: fixtures.map(({ name, digest, sizeBytes }) => ({ name, digest, sizeBytes })),
    })
  },
)

async function chosenFixtures({ directory, seed, flags }: SuiteContext): Promise<readonly Fixture[]> {
  const home = join(directory, 'fixtures')
  await mkdir(home)
  const fixtures = await makeFixtures(home, seed)
  const debian = fixtures.find(({ name }) => name === 'debian')
  assertThat(debian !== undefined && debian.sizeBytes > 100_000_000, 'the Debian image is over 100 MB')
  const names = typeof flags.fixtures === 'string' ? flags.fixtures.split(',') : undefined
  return fixtures.filter(({ name }) => names === undefined || names.includes(name))
}
