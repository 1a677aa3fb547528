/**
 * The proof that the tests of the storage protocol test something: copies of the sources with one guard taken out must
 * fail the test that names the guard. `node test/mutants/run.ts [--only NAME]`
 * @module
 */

import { join } from 'node:path'
import { attempt, run } from '../harness/command.ts'
import { copySources, type Mutant, readMutants } from '../harness/mutant.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertThat } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'

await runSuite({ script: 'mutants', tools: ['patch'], flags: { only: { type: 'string' } } }, async (context) => {
  const { report, directory, flags } = context
  const all = await readMutants(join(repositoryRoot, 'test', 'mutants', 'storage'))
  const mutants = all.filter(({ name }) => flags.only === undefined || name === flags.only)
  await copySources(directory)
  await report.check('the tests pass as they are', async () => {
    const { status, stderr } = await runTests(directory, mutants)
    assertThat(status === 0, stderr.slice(-3000))
  })
  for (const mutant of mutants) {
    await report.check(`without ${mutant.name.replaceAll('-', ' ')} they fail`, async () => {
      await applyPatch(directory, mutant, '--forward')
      try {
        const { status, stderr } = await runTests(directory, [mutant], mutant.expected)
        assertThat(status !== 0, 'the mutant passed')
        const failed = stderr
          .split('\n')
          .filter((line) => line.trim().startsWith('●') && line.includes(mutant.expected))
        assertThat(failed.length > 0, `it failed, but not in "${mutant.expected}":\n${stderr.slice(-3000)}`)
      } finally {
        await applyPatch(directory, mutant, '--reverse')
      }
    })
  }
  context.record({ mutants: mutants.map(({ name }) => name) })
})

/** @param title runs only the tests whose titles hold it: others may wait for what the mutant never does. */
function runTests(directory: string, mutants: readonly Mutant[], title?: string) {
  const files = new Set(mutants.flatMap(({ test }) => test ?? []))
  const jest = join('node_modules', 'jest', 'bin', 'jest.js')
  const only = title === undefined ? [] : ['-t', title.replace(/[()?.*+]/g, '\\$&')]
  return attempt([process.execPath, '--experimental-vm-modules', jest, ...files, ...only], { cwd: directory })
}

function applyPatch(directory: string, { patch }: Mutant, way: '--forward' | '--reverse'): Promise<string> {
  return run([toolPath('patch'), way, '--strip=1', `--input=${patch}`], { cwd: directory })
}
