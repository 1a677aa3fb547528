/**
 * The proof that the durability test tests something: copies that skip one sync must fail it, with its own words.
 * @module
 */

import { join } from 'node:path'
import { attempt } from '../harness/command.ts'
import { makeMutant, readMutants } from '../harness/mutant.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'

/** Checks all mutants of test/mutants/durability; returns their names. */
export async function checkMutants({ report, directory, seed }: SuiteContext): Promise<readonly string[]> {
  const mutants = await readMutants(join(repositoryRoot, 'test', 'mutants', 'durability'))
  for (const mutant of mutants) {
    await report.check(`without ${mutant.name.replaceAll('-', ' ')} it fails`, async () => {
      const copy = join(directory, 'mutants', mutant.name)
      await makeMutant(mutant, copy)
      const { status, stdout } = await attempt(
        [process.execPath, 'test/faults/durability.ts', '--seed', String(seed)],
        {
          cwd: copy,
        },
      )
      assertThat(status !== 0, `the mutant passed:\n${stdout.slice(-1500)}`)
      assertThat(
        stdout.includes(mutant.expected),
        `the mutant failed without "${mutant.expected}":\n${stdout.slice(-3000)}`,
      )
    })
  }
  return mutants.map(({ name }) => name)
}
