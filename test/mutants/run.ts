/**
 * The proof that the tests of guards test something: copies of the sources with one guard taken out must fail the tests
 * that name the guard. Each folder beside this file holds the mutants of one part.
 * `node test/mutants/run.ts [--folder NAME] [--only NAME]`
 * @module
 */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { attempt, run } from '../harness/command.ts'
import { copySources, type Mutant, readMutants } from '../harness/mutant.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertThat } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'

/** Those of `durability` need a trace of a running server: `npm run test:durability`. */
const folders = ['storage', 's3', 'registry', 'client', 'layer', 'snapshot', 'context', 'builder', 'runtime']

/** So many mutants are tried at once, each in a copy of the sources of its own: most of a trial is one thread's. */
const lanes = Math.min(2, availableParallelism())

const flags = { only: { type: 'string' }, folder: { type: 'string' } } as const

await runSuite({ script: 'mutants', tools: ['patch'], flags }, async (context) => {
  const { report, directory, flags } = context
  const wanted = folders.filter((folder) => flags.folder === undefined || folder === flags.folder)
  assertThat(wanted.length > 0, `no such folder of mutants: ${flags.folder}; there are ${folders.join(', ')}`)
  const found = await Promise.all(wanted.map((folder) => readMutants(join(repositoryRoot, 'test', 'mutants', folder))))
  const mutants = found.flat().filter(({ name }) => flags.only === undefined || name === flags.only)
  assertThat(mutants.length > 0, `no such mutant: ${flags.only}`)
  const possible = mutants.filter(({ needsRoot }) => !needsRoot || process.geteuid?.() === 0)
  if (possible.length < mutants.length) console.log(`left out, for they need root: ${mutants.length - possible.length}`)
  const copies = Array.from({ length: Math.min(lanes, possible.length) }, (_, lane) => join(directory, `copy-${lane}`))
  await Promise.all(copies.map(copySources))
  await report.check('the tests pass as they are', async () => {
    const titles = possible.flatMap(({ allExpected }) => allExpected)
    const { status, stderr } = await runTests(copies[0] ?? '', possible, titles)
    assertThat(status === 0, stderr.slice(-3000))
  })
  const waiting = possible.values()
  const takeFrom = async (copy: string) => {
    for (const mutant of waiting) {
      await report.check(`without ${mutant.name.replaceAll('-', ' ')} they fail`, () => checkMutant(copy, mutant))
    }
  }
  await Promise.all(copies.map(takeFrom))
  context.record({ mutants: possible.map(({ name }) => name) })
})

/** Leaves the copy as it was. */
async function checkMutant(copy: string, mutant: Mutant): Promise<void> {
  await applyPatch(copy, mutant, '--forward')
  try {
    const { status, stderr } = await runTests(copy, [mutant], mutant.allExpected)
    assertThat(status !== 0, 'the mutant passed')
    const failed = stderr.split('\n').filter((line) => line.trim().startsWith('●'))
    for (const expected of mutant.allExpected) {
      const isThere = failed.some((line) => line.includes(expected))
      assertThat(isThere, `it failed, but not in "${expected}":\n${stderr.slice(-3000)}`)
    }
  } finally {
    await applyPatch(copy, mutant, '--reverse')
  }
}

/** @param titles runs only the tests whose titles hold one of them: others may wait for what the mutant never does. */
function runTests(directory: string, mutants: readonly Mutant[], titles: readonly string[] = []) {
  const files = new Set(mutants.flatMap(({ test }) => test ?? []))
  const jest = join('node_modules', 'jest', 'bin', 'jest.js')
  const pattern = titles.map((title) => title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')
  // A mutant may leave connections open, or wait for what never comes.
  const only = titles.length === 0 ? [] : ['-t', pattern, '--testTimeout=10000', '--forceExit']
  return attempt([process.execPath, '--experimental-vm-modules', jest, ...files, ...only], { cwd: directory })
}

function applyPatch(directory: string, { patch }: Mutant, way: '--forward' | '--reverse'): Promise<string> {
  return run([toolPath('patch'), way, '--strip=1', `--input=${patch}`], { cwd: directory })
}
