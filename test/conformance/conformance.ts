/**
 * The conformance program of distribution-spec against a registry of its own. Passing means 0 failed, 0 errors, 0 skipped,
 * and nothing disabled but what the profile itself leaves out. The program exits 0 when it could not even start, so its
 * report is what is believed, not its status.
 * @module
 */

import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../harness/command.ts'
import { type Credentials, writeHtpasswd } from '../harness/htpasswd.ts'
import { assertEqual, assertThat, type Report } from '../harness/report.ts'
import { type Server, startServer } from '../harness/server.ts'
import type { ServerKind, StorageTarget } from '../harness/server-kinds.ts'
import { toolPath } from '../harness/tools.ts'
import { type Outcome, readOutcome, readResultsFile } from './outcome.ts'
import type { Profile } from './profiles.ts'

const credentials: Credentials = { username: 'conformance', password: 'a password of the suite' }

export interface ProfileRun {
  readonly report: Report
  readonly kind: ServerKind
  /** For the registry's data and the program's results; made here. */
  readonly home: string
  readonly profile: Profile
  /** Where the registry keeps everything instead of `home`. */
  readonly storage?: StorageTarget
}

/** Runs one profile, and returns what the program counted. */
export async function runProfile({ report, kind, home, profile, storage }: ProfileRun): Promise<unknown> {
  const directory = join(home, 'data')
  const results = join(home, 'results')
  await mkdir(directory, { recursive: true })
  const htpasswd = profile.authentication ? await writeHtpasswd(join(home, 'htpasswd'), [credentials]) : undefined
  const args = profile.serverArgs ?? []
  const server = await startServer({
    ...{ kind, directory, args },
    ...(htpasswd === undefined ? {} : { htpasswd }),
    ...(storage === undefined ? {} : { storage }),
  })
  try {
    if (profile.authentication) await report.check('a request without a login gets 401', () => expect401(server))
    const outcome = await runProgram(server, profile, results)
    await checkOutcome(report, profile, outcome, results)
    const { passed, failed, errors, skipped, total } = outcome
    return { passed, failed, errors, skipped, total, disabled: outcome.withStatus('Disabled') }
  } finally {
    await server.stop()
  }
}

async function runProgram(server: Server, profile: Profile, results: string): Promise<Outcome> {
  const { stdout, stderr } = await attempt([toolPath('conformance')], {
    timeoutMs: 600_000,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      OCI_REGISTRY: server.host,
      OCI_TLS: 'disabled',
      OCI_REPO1: 'conformance/repo1',
      OCI_REPO2: 'conformance/repo2',
      OCI_VERSION: profile.version,
      OCI_DATA_SPARSE: String(profile.sparse),
      OCI_RESULTS_DIR: results,
      ...(profile.authentication ? { OCI_USERNAME: credentials.username, OCI_PASSWORD: credentials.password } : {}),
    },
  })
  const outcome = readOutcome(stdout)
  if (outcome.result === undefined) throw new Error(`the conformance program gave no result:\n${stderr.slice(-2000)}`)
  return outcome
}

async function checkOutcome(report: Report, profile: Profile, outcome: Outcome, results: string): Promise<void> {
  await report.check(`${outcome.total} tests: 0 failed, 0 errors, 0 skipped`, () => {
    const bad = ['FAIL', 'Error', 'Skip'].flatMap((status) =>
      outcome.withStatus(status).map((name) => `${status} ${name}`),
    )
    assertEqual(bad.length, 0, `the number of failed, broken and skipped entries (${bad.slice(0, 40).join('\n    ')})`)
    assertEqual(outcome.result, 'Pass', 'the overall result')
    assertEqual(outcome.failed + outcome.errors + outcome.skipped, 0, 'the sum of failed, errors and skipped')
    assertThat(outcome.passed >= 800, `only ${outcome.passed} tests ran`)
    return `${outcome.passed} passed`
  })
  await report.check('nothing is disabled but what the profile leaves out', () => {
    const disabled = outcome.withStatus('Disabled').toSorted()
    assertEqual(disabled.join('\n    '), profile.disabled.toSorted().join('\n    '), 'the list of disabled entries')
    return `${disabled.length} disabled`
  })
  await report.check('results.yaml says the same', async () => {
    const path = join(results, 'results.yaml')
    assertThat(existsSync(path), `${path} was not written`)
    const statuses = readResultsFile(await readFile(path, 'utf8'))
    assertThat(statuses.size >= 50, `${path} names only ${statuses.size} APIs and data groups`)
    for (const [name, status] of statuses) {
      const expected = profile.disabled.includes(name) ? 'Disabled' : 'Pass'
      assertEqual(status, expected, `the status of ${name} in results.yaml`)
    }
    return `${statuses.size} APIs and data groups`
  })
}

async function expect401(server: Server): Promise<void> {
  const response = await fetch(`${server.url}/v2/`)
  assertEqual(response.status, 401, 'the status of GET /v2/ without a login')
}
