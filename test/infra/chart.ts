/**
 * The Helm chart, rendered: manifests as JSON values, and what helm says against wrong values.
 * @module
 */

import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { attempt, type CommandResult, describeFailure } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { toolPath } from '../harness/tools.ts'
import { parseYaml } from './yaml.ts'

export const chartDirectory = join(repositoryRoot, 'infra/helm/tsreg')

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds, whose shape is what the checks are about.
export type Manifest = any

/** The sets of values that the chart is tested with: their names and paths. */
export async function valueSets(): Promise<readonly (readonly [name: string, path: string])[]> {
  const directory = join(chartDirectory, 'ci')
  const names = (await readdir(directory)).toSorted()
  return names.map((name) => [basename(name, '.yaml'), join(directory, name)])
}

/** What the chart makes of the values, by kind. @throws Error with what helm says */
export async function renderChart(values: string): Promise<ReadonlyMap<string, Manifest>> {
  const result = await helm('template', 'release', '--namespace', 'registry', '--values', values)
  if (result.status !== 0) throw new Error(describeFailure(['helm', 'template'], result))
  const manifests = await parseYaml<Manifest>(result.stdout)
  const byKind = new Map(manifests.map((manifest) => [manifest.kind, manifest]))
  if (byKind.size !== manifests.length) throw new Error('two manifests are of one kind')
  return byKind
}

/** Runs `helm template` or `helm lint` on the chart with a home that holds nothing. */
export function helm(verb: 'template' | 'lint', ...args: readonly string[]): Promise<CommandResult> {
  const [name, ...rest] = verb === 'template' ? args : ['', ...args]
  const words = [verb, ...(name === '' || name === undefined ? [] : [name]), chartDirectory, ...rest]
  return attempt([toolPath('helm'), ...words], { env: { PATH: process.env.PATH, HOME: '/nonexistent' } })
}
