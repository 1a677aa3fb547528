/**
 * The command as a process, from a bundle of the sources as they are now, with a home of its own.
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TempDir, tempDir } from '@tsreg/testkit'

const cliDirectory = join(import.meta.dirname, '../../packages/cli')

/** A command that has ended. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Standard input; default empty. */
  readonly stdin?: string | Uint8Array
}

export interface Cli extends AsyncDisposable {
  /** Its TSREG_HOME, DOCKER_CONFIG and working directory lie here. */
  readonly directory: TempDir
  /** What it runs with; `TSREG_REGISTRY` is added by a test that has a registry. */
  readonly env: Record<string, string>
  run(...words: readonly string[]): Promise<Finished>
  runWith(options: RunOptions, ...words: readonly string[]): Promise<Finished>
  /** Standard output as JSON. @throws when the command fails */
  json(...words: readonly string[]): Promise<unknown>
  /** Starts the command and does not wait for its end. */
  start(options: RunOptions, ...words: readonly string[]): ChildProcess
}

/** Bundles once per test file: what is tested is never older than the sources. */
export function bundleCli(): { readonly main: string; remove(): void } {
  // Below the package, so that native addons are found in node_modules.
  mkdirSync(join(cliDirectory, 'dist'), { recursive: true })
  const directory = mkdtempSync(join(cliDirectory, 'dist/e2e-'))
  execFileSync(process.execPath, [join(cliDirectory, 'bundle.mjs'), directory], { stdio: 'inherit' })
  return { main: join(directory, 'main.js'), remove: () => rmSync(directory, { recursive: true, force: true }) }
}

export async function openCli(main: string): Promise<Cli> {
  const directory = await tempDir('tsreg-e2e-')
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: directory.path,
    TSREG_HOME: directory.join('home'),
    DOCKER_CONFIG: directory.join('docker'),
  }
  const start = (options: RunOptions, ...words: readonly string[]) =>
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
      cwd: options.cwd ?? directory.path,
      env: { ...env, ...options.env },
      stdio: 'pipe',
    })
  const runWith = async (options: RunOptions, ...words: readonly string[]): Promise<Finished> => {
    const child = start(options, ...words)
    // A command that does not read its input breaks the pipe.
    child.stdin?.on('error', () => {}).end(options.stdin ?? '')
    const ended = once(child, 'close')
    const [stdout, stderr] = await Promise.all([text(child.stdout ?? []), text(child.stderr ?? [])])
    await ended
    return { code: child.exitCode, stdout, stderr }
  }
  return {
    directory,
    env,
    start,
    runWith,
    run: (...words) => runWith({}, ...words),
    async json(...words) {
      const { code, stdout, stderr } = await runWith({}, ...words, '--json')
      if (code !== 0) throw new Error(`tsreg ${words.join(' ')} ended with ${code}: ${stdout}${stderr}`)
      return JSON.parse(stdout)
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}
