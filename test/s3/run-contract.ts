/**
 * Runs the contract of buckets on one server under jest, and reads what jest counted.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BucketTraits } from '../../packages/storage/src/testing/index.ts'
import { attempt } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { StorageTarget } from '../harness/server-kinds.ts'

export interface ContractRun {
  readonly name: string
  readonly storage: StorageTarget
  /** Whether the probe must find compare-and-swap. */
  readonly cas: boolean
  /** How the server differs from the contract's letter. */
  readonly traits: BucketTraits
  /** For jest's report. */
  readonly directory: string
  /** Titles that do not apply to the server; each must be there to be left out. */
  readonly leftOut: readonly string[]
}

export interface ContractOutcome {
  readonly passed: number
  readonly leftOut: number
}

/** @throws Error with the titles that failed and what they said */
export async function runContract(contract: ContractRun): Promise<ContractOutcome> {
  const { name, storage, cas, traits, directory, leftOut } = contract
  const output = join(directory, 'contract.json')
  const filter = leftOut.length === 0 ? [] : ['--testNamePattern', `^(?!.*(${leftOut.map(escapeRegExp).join('|')})$)`]
  const { stderr } = await attempt(
    [
      ...[process.execPath, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      ...[join(repositoryRoot, 'node_modules', 'jest', 'bin', 'jest.js'), '--testTimeout', '120000'],
      ...['--testMatch', '<rootDir>/test/s3/contract.ts', '--json', '--outputFile', output, ...filter],
    ],
    {
      cwd: repositoryRoot,
      env: {
        ...process.env,
        ...storage.env,
        ...{ TSREG_S3_TEST_URL: storage.url, TSREG_S3_TEST_NAME: name, TSREG_S3_TEST_CAS: String(cas) },
        TSREG_S3_TEST_TRAITS: JSON.stringify(traits),
      },
    },
  )
  const results: Results = JSON.parse(await readFile(output, 'utf8').catch(() => '{}'))
  assertThat(results.numTotalTests > 0, `jest ran nothing:\n${stderr.slice(-3000)}`)
  const failed = results.testResults.flatMap(({ assertionResults, message }) => {
    const titles = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
    return titles.length === 0 ? [] : [`${titles.join('\n    ')}\n${message.slice(0, 6000)}`]
  })
  assertEqual(failed.join('\n'), '', 'the list of failed tests')
  assertThat(results.success, `jest failed:\n${stderr.slice(-3000)}`)
  assertEqual(results.numPendingTests, leftOut.length, 'the number of tests left out')
  return { passed: results.numPassedTests, leftOut: results.numPendingTests }
}

/** What of jest's `--json` is read. */
interface Results {
  readonly success: boolean
  readonly numTotalTests: number
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

function escapeRegExp(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
