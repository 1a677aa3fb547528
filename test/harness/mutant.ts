/**
 * A copy of this repository with one thing broken on purpose: a test worth having must notice.
 *
 * A mutant is a patch file whose first lines, before the patch itself, say what it breaks; lines `Expected: <text>` name
 * what the failing tests must print.
 * @module
 */

import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { run } from './command.ts'
import { repositoryRoot } from './paths.ts'
import { toolPath } from './tools.ts'

export interface Mutant {
  /** The patch's file name without its ending. */
  readonly name: string
  readonly patch: string
  /** What the test must say when it fails: the first of `allExpected`. */
  readonly expected: string
  /** A text for each test that must fail. */
  readonly allExpected: readonly string[]
  /** The test file that must fail, where the patch names one by `Test: <path>`. */
  readonly test?: string
  /** True where the patch says `Needs: root`: elsewhere its tests are left out. */
  readonly needsRoot: boolean
}

/** The mutants of a directory, by name. @throws Error when there is none, or one expects nothing */
export async function readMutants(directory: string): Promise<readonly Mutant[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.patch')).toSorted()
  if (names.length === 0) throw new Error(`${directory} holds no patch`)
  return Promise.all(names.map((name) => readMutant(join(directory, name))))
}

/**
 * Copies the sources to `directory`, applies the patch and builds the bundle, so that `directory/tsreg` and the tests of
 * the copy run the mutant. Installed packages are linked, not copied.
 * @throws Error when the patch does not apply or the mutant does not build
 */
export async function makeMutant(mutant: Mutant, directory: string): Promise<void> {
  await copySources(directory)
  await run([toolPath('patch'), '--forward', '--strip=1', `--input=${mutant.patch}`], { cwd: directory })
  await run([process.execPath, join('packages', 'cli', 'bundle.mjs')], { cwd: directory })
}

/** Copies the sources to `directory` and links the installed packages, so that tests run there. */
export async function copySources(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const name of copied) {
    await cp(join(repositoryRoot, name), join(directory, name), { recursive: true, filter: isSource })
  }
  await linkModules(directory)
}

const copied = [
  'packages',
  'test',
  'docs',
  'infra',
  'tsreg',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'jest.config.mjs',
]

async function readMutant(patch: string): Promise<Mutant> {
  const text = await readFile(patch, 'utf8')
  const allExpected = [...text.matchAll(/^Expected: (.+)$/gm)].flatMap(([, found]) => found ?? [])
  const [expected] = allExpected
  if (expected === undefined) throw new Error(`${patch} has no line "Expected: ..."`)
  const test = /^Test: (.+)$/m.exec(text)?.[1]
  const needsRoot = /^Needs: root$/m.test(text)
  return {
    name: basename(patch, '.patch'),
    patch,
    expected,
    allExpected,
    needsRoot,
    ...(test === undefined ? {} : { test }),
  }
}

function isSource(path: string): boolean {
  return !/[\\/](node_modules|dist|\.turbo|evidence)$|\.tsbuildinfo$/.test(path)
}

/** Every installed package is a link to ours, but this repository's own packages are the copy's. */
async function linkModules(directory: string): Promise<void> {
  const from = join(repositoryRoot, 'node_modules')
  const to = join(directory, 'node_modules')
  await mkdir(join(to, '@tsreg'), { recursive: true })
  for (const name of await readdir(from)) if (name !== '@tsreg') await symlink(join(from, name), join(to, name))
  for (const name of await readdir(join(directory, 'packages'))) {
    await symlink(join(directory, 'packages', name), join(to, '@tsreg', name))
  }
}
