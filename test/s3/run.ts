/**
 * `npm run test:s3`: the registry on S3 servers that others wrote. The contract of buckets on Ceph RGW and SeaweedFS, and
 * on Swift what a store without compare-and-swap can hold; the conformance program and everybody's clients against
 * `tsreg serve --storage s3://...` on the first two.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BucketTraits } from '../../packages/storage/src/testing/index.ts'
import { runProfile } from '../conformance/conformance.ts'
import { type Profile, profiles } from '../conformance/profiles.ts'
import { assertThat } from '../harness/report.ts'
import { type S3Server, type S3ServerKind, s3Tools, startS3Server } from '../harness/s3/server.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { tools } from '../harness/tools.ts'
import { type Fixture, makeFixtures } from '../interop/fixtures.ts'
import { clientNames, clientTools, runRoundTrips } from '../interop/round-trips.ts'
import { runContract } from './run-contract.ts'

const kinds: readonly S3ServerKind[] = ['ceph', 'seaweedfs', 'swift']

/** What each part of the suite is called by `--only`. */
const parts = ['contract', 'conformance', 'clients'] as const

/** How each differs from the contract's letter; none of it is a difference to the registry. */
const traits: Readonly<Record<S3ServerKind, BucketTraits>> = {
  // Losers of a race are told "500 UnknownError".
  ceph: { unclearRaces: true },
  seaweedfs: { keysArePaths: true, keepsOverwrittenParts: true },
  swift: {},
}

/** Of stores without compare-and-swap: one writer checks conditions, and leaves those of multipart uploads out. */
const needsCompareAndSwap = ['conditions are checked at complete, and a failed one leaves the upload open']

await runSuite(
  {
    script: 'test:s3',
    tools: [...kinds.flatMap((kind) => s3Tools[kind]), ...clientTools, 'conformance'],
    flags: { servers: { type: 'string' }, only: { type: 'string' } },
  },
  async (context) => {
    const chosenKinds = chosen('--servers', context.flags.servers, kinds)
    const chosenParts = chosen('--only', context.flags.only, parts)
    const fixtures = chosenParts.includes('clients') ? await smallFixtures(context) : []
    const figures: Record<string, unknown> = {}
    for (const kind of chosenKinds) figures[kind] = await testServer(context, kind, chosenParts, fixtures)
    context.record({ conformance: tools.conformance.go, servers: figures })
  },
)

async function testServer(
  context: SuiteContext,
  kind: S3ServerKind,
  chosenParts: readonly string[],
  fixtures: readonly Fixture[],
): Promise<unknown> {
  const { report, directory } = context
  let server: S3Server | undefined
  report.section(kind)
  await report.check('it starts and has a bucket', async () => {
    server = await startS3Server({ kind, directory: join(directory, kind) })
    return server.name
  })
  if (server === undefined) return undefined
  const home = join(directory, `${kind}-tests`)
  await mkdir(home)
  try {
    const cas = kind !== 'swift'
    const contract = chosenParts.includes('contract') ? await testContract(context, server, cas, home) : undefined
    const conformance = chosenParts.includes('conformance') ? await testConformance(context, server, home) : {}
    const clients = cas && chosenParts.includes('clients') ? await testClients(context, server, fixtures, home) : {}
    return { name: server.name, contract, conformance, clients }
  } finally {
    await server.stop()
  }
}

async function testContract({ report }: SuiteContext, server: S3Server, cas: boolean, directory: string) {
  const { name } = server
  const leftOut = cas ? [] : needsCompareAndSwap
  let outcome: unknown
  await report.check(`the contract of buckets holds on ${name}`, async () => {
    const found = await runContract({
      ...{ name, storage: server.storage('contract'), cas, directory, leftOut },
      traits: traits[server.kind],
    })
    outcome = found
    return `${found.passed} passed${found.leftOut === 0 ? '' : `, ${found.leftOut} needs compare-and-swap`}`
  })
  return outcome
}

/**
 * All three profiles where there is compare-and-swap; with one writer, at the full scale, the middle one. The edition in
 * the making wants Docker-Content-Digest in the answer that has the bytes, which no S3 server sends: for it the registry
 * sends them itself. The published edition follows redirects to S3.
 */
async function testConformance(context: SuiteContext, server: S3Server, home: string) {
  const { report, scale } = context
  const figures: Record<string, unknown> = {}
  for (const profile of profilesFor(server.kind, scale)) {
    report.section(`${server.name}, profile ${profile.name}`)
    const name = profile.name.replaceAll(/\W+/g, '-')
    const { url, env } = server.storage(`conformance-${name}`)
    const redirects = String(profile.version === '1.1')
    figures[profile.name] = await runProfile({
      ...{ report, profile, kind: 'tsreg', home: join(home, name) },
      storage: { url, env: { ...env, TSREG_REDIRECTS: redirects } },
    })
  }
  return figures
}

/** At the ci scale all of them on the server that is quicker to answer, and one on the other. */
function profilesFor(kind: S3ServerKind, scale: string): readonly Profile[] {
  const open = profiles.filter(({ authentication }) => !authentication)
  if (kind === 'swift') return scale === 'full' ? open.filter(({ name }) => name === 'dev') : []
  return scale === 'full' || kind === 'seaweedfs' ? open : open.filter(({ name }) => name === '1.1')
}

async function testClients(context: SuiteContext, server: S3Server, fixtures: readonly Fixture[], home: string) {
  const { report, scale } = context
  const clients = scale === 'full' ? clientNames : ['tsreg', 'skopeo', 'docker', 'podman']
  report.section(`clients on ${server.name}`)
  return await runRoundTrips({
    ...{ report, fixtures, clients, kind: 'tsreg', directory: join(home, 'clients'), once: [] },
    ...{ authentication: false, storage: server.storage('clients') },
  })
}

/** At the ci scale without the image of over 100 MB, which `test:clients` moves. */
async function smallFixtures({ directory, seed, scale }: SuiteContext): Promise<readonly Fixture[]> {
  const home = join(directory, 'fixtures')
  await mkdir(home)
  const fixtures = await makeFixtures(home, seed)
  return fixtures.filter(({ name }) => scale === 'full' || name !== 'debian')
}

function chosen<T extends string>(flag: string, given: string | boolean | undefined, all: readonly T[]): readonly T[] {
  if (typeof given !== 'string') return all
  return given.split(',').map((name) => {
    const found = all.find((candidate) => candidate === name)
    assertThat(found, `${flag} names ${name}: there are ${all.join(', ')}`)
    return found
  })
}
