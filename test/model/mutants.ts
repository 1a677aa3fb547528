/**
 * Copies of the sources without one guard of the protocol: the scene that needs it must break an invariant.
 * @module
 */
import { join } from 'node:path'
import { attempt, run } from '../harness/command.ts'
import { copySources } from '../harness/mutant.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'
import { type CodeMutation, codeMutations } from './mutations.ts'

export async function playMutants({ report, directory, record }: SuiteContext): Promise<void> {
  report.section('the code without one guard')
  await copySources(directory)
  let caught = 0
  for (const mutation of codeMutations.filter(
    (m) => !process.env.ONLY || process.env.ONLY.split(',').some((o) => m.patch.includes(o)),
  )) {
    const { name, patch, scene } = mutation
    const isCaught = await report.check(`${name} (${patch}): ${scene} breaks`, async () => {
      await applyPatch(directory, patch, '--forward')
      try {
        return await playBroken(directory, mutation)
      } finally {
        await applyPatch(directory, patch, '--reverse')
      }
    })
    if (isCaught) caught++
  }
  record({ mutantsOfTheCode: codeMutations.length, mutantsCaught: caught })
}

/** @returns which invariant broke */
async function playBroken(directory: string, { scene, options = [] }: CodeMutation): Promise<string> {
  const node = [process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning']
  const program = [join('test', 'model', 'play.ts'), '--scene', scene, '--seconds', '60', ...options]
  const { stdout, stderr } = await attempt([...node, ...program], { cwd: directory, timeoutMs: 120_000 })
  const [, broken] = /^broken: (I\d: .*)$/m.exec(stdout) ?? []
  assertThat(broken, `nothing broke:\n${stdout.slice(-2000)}${stderr.slice(-1000)}`)
  return broken
}

function applyPatch(directory: string, patch: string, way: '--forward' | '--reverse'): Promise<string> {
  const input = join(repositoryRoot, 'test', 'mutants', `${patch}.patch`)
  return run([toolPath('patch'), way, '--strip=1', `--input=${input}`], { cwd: directory })
}
