/**
 * What a build has to do: which stages the one that is wanted needs, and how many steps that is.
 * @module
 */
import type { BuildFile, Stage } from './dockerfile/index.ts'
import { BuilderError } from './errors.ts'

export interface Plan {
  /** Those that are built, in the order of the file; the last one is the target. */
  readonly stages: readonly Stage[]
  readonly target: Stage
  /** Instructions that are told as steps: of the stages, with their FROM, and ARG before the first one. */
  readonly steps: number
}

export interface PlanOptions {
  /** Name or number of a stage. @default the last one */
  readonly target?: string | undefined
  /** The image of a FROM with its variables replaced. */
  readonly imageOf: (stage: Stage) => string
}

/** @throws STAGE_UNKNOWN for a target that is not there */
export function planBuild(file: BuildFile, { target: wanted, imageOf }: PlanOptions): Plan {
  const target = findTarget(file, wanted)
  const needed = new Set<Stage>([target])
  // A set is iterated with what is added meanwhile.
  for (const stage of needed) {
    for (const source of sourcesOf(file, stage, imageOf(stage))) needed.add(source)
  }
  const stages = file.stages.filter((stage) => needed.has(stage))
  return { stages, target, steps: file.metaArgs.length + stages.reduce((sum, stage) => sum + stepsOf(stage), 0) }
}

/** FROM and what follows it. */
export function stepsOf({ instructions }: Stage): number {
  return 1 + instructions.length
}

/** The last stage of this name before the stage of this index. */
export function stageNamed(file: BuildFile, name: string, before: number): Stage | undefined {
  return file.stages.findLast(({ index, name: own }) => index < before && own === name.toLowerCase())
}

/** The stage that `COPY --from` means, by name or by number; undefined when it is none: then it means an image. */
export function sourceStage(file: BuildFile, from: string, before: number): Stage | undefined {
  const numbered = /^\d+$/.test(from) ? file.stages[Number(from)] : undefined
  return stageNamed(file, from, before) ?? (numbered !== undefined && numbered.index < before ? numbered : undefined)
}

function findTarget({ stages, fileName }: BuildFile, wanted: string | undefined): Stage {
  const named = stages.find(({ name }) => wanted !== undefined && name === wanted.toLowerCase())
  const numbered = wanted !== undefined && /^\d+$/.test(wanted) ? stages[Number(wanted)] : undefined
  const found = wanted === undefined ? stages.at(-1) : (named ?? numbered)
  if (found !== undefined) return found
  const names = stages.flatMap(({ name }) => (name === undefined ? [] : [name]))
  throw new BuilderError('STAGE_UNKNOWN', `failed to reach build target ${wanted} in ${fileName}`, {
    detail: { target: wanted, stages: names },
    advice: names.length === 0 ? 'the stages have no names, only numbers from 0' : `the stages are ${names.join(', ')}`,
  })
}

/** The stages that this one begins with or copies from. */
function sourcesOf(file: BuildFile, stage: Stage, image: string): readonly Stage[] {
  const copied = stage.instructions.flatMap((instruction) =>
    instruction.kind === 'COPY' && instruction.from !== undefined ? [instruction.from] : [],
  )
  const sources = [stageNamed(file, image, stage.index), ...copied.map((from) => sourceStage(file, from, stage.index))]
  return sources.filter((source) => source !== undefined)
}
