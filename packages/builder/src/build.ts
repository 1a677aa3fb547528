/**
 * A build: from a Dockerfile with its instructions understood to an image among the local ones, one image per step.
 * @module
 */
import { hostPlatform, type Platform, parsePlatform } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { Network } from '@tsreg/runtime'
import { buildTime } from './build-time.ts'
import { type BuiltImage, builtImageOf, scratchImage } from './built-image.ts'
import { removeLeftFiles } from './cache/temporary-files.ts'
import { type BuildFile, expandInstruction, type Instruction, placeOf, type Stage } from './dockerfile/index.ts'
import { BuilderError } from './errors.ts'
import { type Plan, planBuild, stageNamed } from './plan.ts'
import { classicText } from './progress/classic-text.ts'
import { BuildArgs, platformArgs, unconsumedArgs } from './scope/index.ts'
import { type BuildSession, type BuildSurroundings, buildSession } from './session.ts'
import { buildStage } from './stage.ts'

export interface BuildOptions extends OperationOptions {
  /** Name or number of the stage that is wanted. @default the last one */
  readonly target?: string | undefined
  readonly buildArgs?: ReadonlyMap<string, string> | undefined
  /** Set by further steps at the end, in the order of their names. */
  readonly labels?: ReadonlyMap<string, string> | undefined
  /** @default true */
  readonly usesCache?: boolean | undefined
  /** Of the image, where a FROM names none. @default that of this host */
  readonly platform?: Platform | undefined
  /** Of commands. @default 'host' */
  readonly network?: Network | undefined
  /** Looks up why steps are not found in the cache. @default false */
  readonly explains?: boolean | undefined
  /** Seconds since 1970: nothing in the image is younger. @default that of the newest file that is used: see `buildTime` */
  readonly sourceDateEpoch?: number | undefined
  /** When the Dockerfile was changed, in seconds since 1970; undefined where it is no file. */
  readonly dockerfileTime?: number | undefined
}

/**
 * Builds the image of the target stage. Nothing is tagged; every step is an image of its own, which stays.
 * @throws COMMAND_FAILED with the exit code as `detail.exitCode`; BuilderError with the place in the Dockerfile; what images,
 *   snapshots, registry and runtime throw; the reason of the signal
 */
export async function build(
  file: BuildFile,
  surroundings: BuildSurroundings,
  options: BuildOptions = {},
): Promise<BuiltImage> {
  return new Build(file, surroundings, options).run()
}

class Build {
  readonly #file: BuildFile
  readonly #surroundings: BuildSurroundings
  readonly #options: BuildOptions
  readonly #images = new Map<Stage, Promise<BuiltImage>>()
  readonly #declared = new Set<string>()
  readonly #platform: Platform
  #args: BuildArgs
  #step = 0
  #total = 0

  constructor(file: BuildFile, surroundings: BuildSurroundings, options: BuildOptions) {
    this.#file = file
    this.#surroundings = surroundings
    this.#options = options
    this.#platform = options.platform ?? hostPlatform()
    this.#args = BuildArgs.of(options.buildArgs ?? new Map(), platformArgs(hostPlatform(), this.#platform))
  }

  async run(): Promise<BuiltImage> {
    const { cache, onEvent } = this.#surroundings
    await removeLeftFiles(cache.files.directory)
    const steps = this.#readMetaArgs()
    const plan = planBuild(this.#file, {
      target: this.#options.target,
      imageOf: (stage) => this.#from(stage).image,
    })
    this.#total = plan.steps + this.#labels().length
    for (const instruction of steps) this.#tell(instruction)
    const session = await this.#openSession(plan)
    for (const stage of plan.stages) await this.#imageOf(stage, session, plan)
    const image = await this.#imageOf(plan.target, session, plan)
    const unconsumed = unconsumedArgs(this.#options.buildArgs ?? new Map(), this.#declared)
    if (unconsumed.length > 0) {
      onEvent({ kind: 'warning', text: `One or more build-args [${unconsumed.join(' ')}] were not consumed` })
    }
    if (image.imageId === undefined) {
      const place = placeOf(this.#file.fileName, plan.target.from)
      throw new BuilderError('DOCKERFILE_INVALID', 'no image was made: there is no instruction behind FROM scratch', {
        place,
      })
    }
    onEvent({ kind: 'built', imageId: image.imageId })
    return image
  }

  async #openSession(plan: Plan): Promise<BuildSession> {
    const { network = 'host', explains = false } = this.#options
    const time = await buildTime(plan, this.#surroundings.context, this.#options)
    const session: BuildSession = buildSession(this.#surroundings, {
      file: this.#file,
      network,
      explains,
      time,
      stageImage: (stage) => this.#imageOf(stage, session, plan),
    })
    return session
  }

  /** ARG before the first FROM. */
  #readMetaArgs(): BuildFile['metaArgs'] {
    const { metaArgs, escape: escapeToken, fileName } = this.#file
    for (const written of metaArgs) {
      const { args } = expandInstruction(written, this.#args.meta(), { escape: escapeToken, fileName })
      for (const { name, value } of args) {
        this.#declared.add(name)
        this.#args = this.#args.withMeta(name, value)
      }
    }
    return metaArgs
  }

  #from(stage: Stage): Stage['from'] {
    const { escape: escapeToken, fileName } = this.#file
    return expandInstruction(stage.from, this.#args.meta(), { escape: escapeToken, fileName })
  }

  /** The image of a stage, built once. */
  #imageOf(stage: Stage, session: BuildSession, plan: Plan): Promise<BuiltImage> {
    const known = this.#images.get(stage) ?? this.#build(stage, session, plan)
    this.#images.set(stage, known)
    return known
  }

  async #build(stage: Stage, session: BuildSession, plan: Plan): Promise<BuiltImage> {
    const { signal, usesCache = true } = this.#options
    // One that only a trigger of a base image names was not counted.
    if (!plan.stages.includes(stage)) this.#total += 1 + stage.instructions.length
    this.#tell(stage.from)
    const instructions = [...stage.instructions, ...(stage === plan.target ? this.#labels() : [])]
    return buildStage({
      session,
      signal,
      usesCache,
      index: stage.index,
      base: await this.#base(stage, session, plan),
      instructions,
      args: this.#args.next(),
      onStep: (instruction) => this.#tell(instruction),
      onDeclared: (name) => this.#declared.add(name),
    })
  }

  async #base(stage: Stage, session: BuildSession, plan: Plan): Promise<BuiltImage> {
    const { signal } = this.#options
    const { image, platform: named } = this.#from(stage)
    const place = placeOf(this.#file.fileName, stage.from)
    if (image === '') {
      throw new BuilderError('DOCKERFILE_INVALID', `base name (${stage.from.image}) should not be blank`, { place })
    }
    const earlier = stageNamed(this.#file, image, stage.index)
    if (earlier !== undefined) return this.#imageOf(earlier, session, plan)
    const platform = named === undefined || named === '' ? this.#options.platform : parsePlatform(named)
    if (image === 'scratch') return scratchImage(platform ?? this.#platform)
    return builtImageOf(await session.findImage(image, { platform, signal }))
  }

  /** One instruction for each label of the command line. */
  #labels(): readonly Instruction[] {
    const labels = [...(this.#options.labels ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return labels.map(([name, value]) => ({
      kind: 'LABEL',
      labels: [{ name: literal(name), value: literal(value) }],
      original: `LABEL ${name}=${value}`,
      flags: [],
      line: 0,
      endLine: 0,
    }))
  }

  #tell(instruction: Instruction | Stage['from']): void {
    this.#step += 1
    const text = instruction.original
    this.#surroundings.onEvent({
      kind: 'step',
      step: this.#step,
      total: Math.max(this.#total, this.#step),
      text,
      classicText: classicText(instruction),
    })
  }
}

/** A word that expands to the text as it is. */
function literal(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}
