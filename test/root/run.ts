/**
 * `npm run test:root`: the unit tests that a plain `npm test` leaves out where it is not run by root. Here leaving one out
 * is a failure: of owners, devices, mounts, snapshots and containers, nothing else would be tested.
 * @module
 */

import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'

/** What a test file asks for that registers tests only where they are possible. */
const asks = /\bgete?uid\b|\bisRoot\b|\bmayMount|\bmissingForContainers\b/
/** What it says of those that are not. */
const leftOut = /left out.*(?:need|mount)/

await runSuite(
  { script: 'test:root', tools: ['runc', 'conmon', 'busybox', 'getfattr', 'setfattr'] },
  async ({ report, record }) => {
    assertThat(process.geteuid?.() === 0, 'these tests need root: run them with sudo')
    const files = await filesThatAsk()
    assertThat(files.length > 0, 'no unit test asks for root')
    let counts: readonly number[] = []
    await report.check(`${files.length} files of unit tests pass as root`, async () => {
      const jest = join(repositoryRoot, 'node_modules', 'jest', 'bin', 'jest.js')
      const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...files]
      const env = { ...process.env, TSREG_RUNTIME_REQUIRED: '1' }
      const { status, stdout, stderr } = await attempt([process.execPath, ...flags], { cwd: repositoryRoot, env })
      const printed = stdout + stderr
      const absent = printed.split('\n').filter((line) => leftOut.test(line))
      assertEqual(absent.map((line) => line.trim()).join('\n'), '', 'what was left out')
      assertEqual(status, 0, `the status of jest, which printed\n${printed.slice(-20_000)}\nand`)
      counts = (/^unit: (\d+) passed, (\d+) failed, (\d+) skipped/m.exec(printed) ?? []).slice(1).map(Number)
      const [passed = 0, failed, skipped] = counts
      assertThat(passed > 0 && failed === 0 && skipped === 0, `the counts are ${counts.join(', ')}`)
      return `${passed} tests`
    })
    record({ files, tests: counts[0] })
  },
)

/** By their paths from the root of the repository. */
async function filesThatAsk(): Promise<readonly string[]> {
  const found: string[] = []
  for await (const path of glob('packages/*/src/**/*.test.ts', { cwd: repositoryRoot })) {
    if (asks.test(await readFile(join(repositoryRoot, path), 'utf8'))) found.push(path)
  }
  return found.toSorted()
}
