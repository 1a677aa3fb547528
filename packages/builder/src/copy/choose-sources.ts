/**
 * The sources of COPY and ADD, found and summed: from the context, `--from` a stage or an image, URLs, and files that stand in
 * the Dockerfile.
 * @module
 */
import { digestOf } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type ChosenSource, type CountedFile, type SourceSum, selectSources, sumOf } from '../context/index.ts'
import type { SourceTree } from '../context/source-tree.ts'
import type { AddInstruction, CopyInstruction } from '../dockerfile/index.ts'
import { BuilderError } from '../errors.ts'
import type { BuildSession } from '../session.ts'
import type { StepContext } from '../steps/step.ts'
import { type DownloadOptions, download, isUrl } from './download.ts'
import { inlineSources } from './inline-tree.ts'

/** Sources of one tree. */
export interface SourcePart {
  readonly tree: SourceTree
  readonly chosen: readonly ChosenSource[]
  /** False for what was downloaded and what stands in the Dockerfile: ADD unpacks no such archive. */
  readonly isLocal: boolean
}

export interface Sources extends SourceSum {
  readonly parts: readonly SourcePart[]
  /** Removes what was downloaded. */
  readonly dispose: () => Promise<void>
}

interface Surroundings {
  readonly session: BuildSession
  /** The number of the stage. */
  readonly stage: number
}

export async function chooseSources(
  instruction: AddInstruction | CopyInstruction,
  context: StepContext,
  { session, stage }: Surroundings,
  options: OperationOptions,
): Promise<Sources> {
  const { place } = context
  const temporary = await session.temporaryFiles()
  const dispose = () => temporary[Symbol.asyncDispose]()
  try {
    const parts: SourcePart[] = []
    for (const group of groupsOf(instruction)) {
      const downloading = { ...options, place, time: session.time, file: temporary.next() }
      parts.push(
        group.kind === 'url'
          ? { ...(await downloaded(group.url, instruction, downloading)), isLocal: false }
          : await localPart(group.patterns, instruction, { session, stage, context }, options),
      )
    }
    parts.push(...inlinePart(instruction, session.time))
    const sums: SourceSum[] = []
    for (const { tree, chosen } of parts) sums.push(await sumOf(tree, chosen, options))
    return { ...together(sums), parts, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

type Group =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'local'; readonly patterns: readonly string[] }

/** URLs one by one, what is between them together, in their order. */
function groupsOf({ kind, sources }: AddInstruction | CopyInstruction): readonly Group[] {
  const groups: (Group | { readonly kind: 'local'; readonly patterns: string[] })[] = []
  for (const source of sources) {
    const last = groups.at(-1)
    if (kind === 'ADD' && isUrl(source)) groups.push({ kind: 'url', url: source })
    else if (last?.kind === 'local') (last.patterns as string[]).push(source)
    else groups.push({ kind: 'local', patterns: [source] })
  }
  return groups
}

async function downloaded(url: string, { destination }: AddInstruction | CopyInstruction, options: DownloadOptions) {
  const { tree, chosen } = await download(url, options)
  if (chosen.name === '' && destination.endsWith('/')) {
    throw new BuilderError('DOCKERFILE_INVALID', `cannot determine filename from url: ${url}`, {
      place: options.place,
      detail: { url },
    })
  }
  return { tree, chosen: [chosen] }
}

async function localPart(
  patterns: readonly string[],
  instruction: AddInstruction | CopyInstruction,
  { session, stage, context }: Surroundings & { readonly context: StepContext },
  options: OperationOptions,
): Promise<SourcePart> {
  const { place } = context
  const from = instruction.kind === 'COPY' ? instruction.from : undefined
  const tree = from === undefined ? session.context(place) : await session.sourceTree(from, { stage, place }, options)
  return { tree, chosen: await selectSources(tree, patterns, { ...options, place }), isLocal: true }
}

function inlinePart({ inlineFiles }: AddInstruction | CopyInstruction, time: number): readonly SourcePart[] {
  return inlineFiles.length === 0 ? [] : [{ ...inlineSources(inlineFiles, time), isLocal: false }]
}

function together(sums: readonly SourceSum[]): SourceSum {
  const [first, ...others] = sums
  if (first !== undefined && others.length === 0) return first
  const files: CountedFile[] = sums.flatMap((sum) => sum.files)
  return { sum: `multi:${digestOf(sums.map(({ sum }) => sum).join(',')).slice('sha256:'.length)}`, files }
}
