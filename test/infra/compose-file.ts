/**
 * docker-compose.yml as compose itself understands it: variables filled in, anchors resolved, every short form long.
 * @module
 */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, type CommandResult, describeFailure, run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { toolPath } from '../harness/tools.ts'
import { parseYamlDocument } from './yaml.ts'

export interface ComposeService {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  /** `ADDRESS:PORT:PORT/tcp` */
  readonly ports?: readonly string[]
  /** `NAME-OR-PATH:PATH:MODE` */
  readonly volumes?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly secrets?: readonly { readonly source: string }[]
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes?: Readonly<Record<string, unknown>>
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>
}

export interface ComposeOptions {
  /** Files over docker-compose.yml, from the root of the repository. */
  readonly overlays?: readonly string[]
  /** What `.env` would hold, as a path. */
  readonly envFile: string
  readonly env?: Readonly<Record<string, string>>
}

/** @throws Error with what compose says against the file */
export async function readComposeFile(options: ComposeOptions): Promise<ComposeFile> {
  const result = await composeConfig(options)
  if (result.status !== 0) throw new Error(describeFailure(['docker-compose', 'config'], result))
  return parseYamlDocument(result.stdout)
}

/** Runs `docker-compose config`, whatever it says. */
export function composeConfig({ overlays = [], envFile, env = {} }: ComposeOptions): Promise<CommandResult> {
  const files = ['docker-compose.yml', ...overlays].flatMap((name) => ['--file', join(repositoryRoot, name)])
  const command = [toolPath('docker-compose'), '--project-directory', repositoryRoot, '--env-file', envFile, ...files]
  return attempt([...command, 'config'], { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } })
}

/** The file as it is written, with its variables. */
export async function readWrittenComposeFile(name: string): Promise<ComposeFile> {
  return parseYamlDocument(await readFile(join(repositoryRoot, name), 'utf8'))
}

/** Fresh keys of the store, in the file that compose takes variables from. */
export async function makeEnvFile(path: string): Promise<string> {
  await writeFile(path, `${await run(['sh', join(repositoryRoot, 'infra/compose/new-env.sh')])}\n`, { mode: 0o600 })
  return path
}
