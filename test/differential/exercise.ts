/**
 * One case with every builder at once, and where they differ.
 * @module
 */

import { chown, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { assertThat } from '../harness/report.ts'
import type { BuildCase, Translation } from './build-case.ts'
import type { Builder, BuildRequest, BuildResult } from './builder.ts'
import { type ChangeCase, changedContext } from './changes.ts'
import { writeContext } from './context.ts'
import { configRows, type Finding, findingsBetween, historyRows, treeRows } from './findings.ts'

export interface Bench {
  /** For contexts. */
  readonly directory: string
  /** The builder under test. */
  readonly ours: Builder
  readonly peers: readonly Builder[]
}

/** Builds the case everywhere and compares. @throws Error when a builder does not do what the case says of it */
export async function exerciseCase(bench: Bench, build: BuildCase): Promise<readonly Finding[]> {
  const [ours, ...theirs] = await Promise.all(
    [bench.ours, ...bench.peers].map((builder) => make(bench, builder, build)),
  )
  assertThat(ours, 'nothing was built')
  return theirs.flatMap((made) => compare(build, ours, made))
}

interface Made {
  readonly builder: Builder
  readonly outcome: string
  /** The end of its output. */
  readonly said: string
  readonly rows: Readonly<Record<'tree' | 'config' | 'history', ReadonlyMap<string, string>>>
}

function compare(build: BuildCase, ours: Made, theirs: Made): readonly Finding[] {
  const about = { peer: theirs.builder.name, case: build.name }
  const outcomes = [ours, theirs].map(({ outcome }) => new Map([['outcome', outcome]]))
  const [our = new Map(), their = new Map()] = outcomes
  const differing = findingsBetween({ ...about, aspect: 'outcome' }, our, their)
  if (differing.length > 0 || ours.outcome !== 'built') {
    return differing.map((finding) => ({ ...finding, said: `${ours.said}\n${theirs.said}` }))
  }
  // Other words have another history, and buildah spells every line of it in its own way.
  const translated = [ours, theirs].some(({ builder }) => translationFor(builder, build) !== undefined)
  const otherwise = translated || [ours, theirs].some(({ builder }) => builder.name === 'buildah')
  const aspects = otherwise ? (['tree', 'config'] as const) : (['tree', 'config', 'history'] as const)
  return aspects.flatMap((aspect) => findingsBetween({ ...about, aspect }, ours.rows[aspect], theirs.rows[aspect]))
}

async function make(bench: Bench, builder: Builder, build: BuildCase): Promise<Made> {
  const directory = join(bench.directory, `${build.name}-${builder.name}`)
  const translation = translationFor(builder, build)
  try {
    if (translation !== undefined) await checkThatItIsNeeded(directory, builder, build, translation)
    const result = await buildIn(
      directory,
      builder,
      translation === undefined ? build : inOtherWords(build, translation),
    )
    const none = new Map<string, string>()
    const outcome = outcomeOf(build, result)
    const said = `${builder.name} said: ${result.output.trim().split('\n').slice(-3).join(' / ')}`
    if (result.id === undefined) return { builder, outcome, said, rows: { tree: none, config: none, history: none } }
    const config = await builder.configOf(result.id)
    const tree = treeRows(await builder.treeOf(result.id))
    return { builder, outcome, said, rows: { tree, config: configRows(config), history: historyRows(config) } }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

interface BuildOptions {
  readonly noCache?: boolean
  readonly modifiedAt?: number
  readonly chowned?: readonly string[]
}

async function buildIn(
  directory: string,
  builder: Builder,
  build: BuildCase,
  { noCache = false, modifiedAt, chowned = [] }: BuildOptions = {},
): Promise<BuildResult> {
  await rm(directory, { recursive: true, force: true })
  const { dockerfileName = 'Dockerfile', context, dockerfile } = build
  await writeContext(directory, { ...context, [dockerfileName]: dockerfile }, modifiedAt)
  for (const path of chowned) await chown(join(directory, path), 1234, 5678)
  return builder.build({ ...requestFor(build, directory), noCache })
}

/**
 * Builds, changes, and builds again everywhere; the rows are the steps that one builder took from its cache and another
 * did not.
 * @throws Error when one of the builds fails
 */
export async function exerciseChange(bench: Bench, change: ChangeCase): Promise<readonly Finding[]> {
  const [ours, ...theirs] = await Promise.all(
    [bench.ours, ...bench.peers].map(async (builder) => ({ builder, rows: await rebuild(bench, builder, change) })),
  )
  assertThat(ours, 'nothing was built')
  return theirs.flatMap(({ builder, rows }) =>
    findingsBetween({ peer: builder.name, case: change.name, aspect: 'cache' }, ours.rows, rows),
  )
}

async function rebuild(bench: Bench, builder: Builder, change: ChangeCase): Promise<ReadonlyMap<string, string>> {
  const { name, before, after, modifiedAt, chowned = [], noCache = false } = change
  const directory = join(bench.directory, `${name}-${builder.name}`)
  try {
    const first = await buildIn(directory, builder, { ...before, name }, { noCache: true })
    assertThat(first.id, `${builder.name} does not build ${name}:\n${first.output}`)
    const second = await buildIn(
      directory,
      builder,
      { ...before, ...after, name, context: changedContext(change) },
      { noCache, ...(modifiedAt === undefined ? {} : { modifiedAt }), chowned },
    )
    assertThat(second.id, `${builder.name} does not build ${name} again:\n${second.output}`)
    return new Map(second.cached.map((hit, index) => [`step ${index + 2}`, hit ? 'from the cache' : 'built']))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** What a builder is asked to do with a case whose context lies in `directory`. */
export function requestFor(build: BuildCase, directory: string): BuildRequest {
  const { name, dockerfileName, buildArgs, target, platform } = build
  return {
    name,
    directory,
    ...(dockerfileName === undefined ? {} : { dockerfileName }),
    ...(buildArgs === undefined ? {} : { buildArgs }),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
  }
}

function translationFor({ name }: Builder, { translated = {} }: BuildCase): Translation | undefined {
  return name === 'tsreg' ? undefined : translated[name]
}

function inOtherWords(build: BuildCase, { dockerfile, context }: Translation): BuildCase {
  return { ...build, dockerfile, context: { ...build.context, ...context } }
}

async function checkThatItIsNeeded(
  directory: string,
  builder: Builder,
  build: BuildCase,
  { refusal }: Translation,
): Promise<void> {
  const { status, output } = await buildIn(directory, builder, build)
  assertThat(status !== 0, `${builder.name} builds ${build.name}: it needs no translation any more`)
  assertThat(
    refusal.test(output),
    `${builder.name} refuses ${build.name} for another reason than ${refusal}:\n${output}`,
  )
}

/**
 * Mistakes have other statuses with every builder; a command that fails has its own, where the builder passes it on.
 */
function outcomeOf({ outcome = 'built' }: BuildCase, { status }: BuildResult): string {
  if (status === 0) return 'built'
  return typeof outcome === 'number' ? `ends with ${status}` : 'refused'
}
