/**
 * One stage of a build: its base image, what that leaves to it, and its instructions one after the other.
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ContainerConfig } from '@tsreg/oci/image'
import { type BuiltImage, withDefaultPath } from './built-image.ts'
import { commitStep } from './commit-step.ts'
import { expandInstruction, type Instruction, parseTrigger, placeOf } from './dockerfile/index.ts'
import { BuilderError, isBuilderError } from './errors.ts'
import { type BuildArgs, variablesOf } from './scope/index.ts'
import type { BuildSession } from './session.ts'
import { triggersOf } from './steps/onbuild.ts'
import { prepareStep } from './steps/prepare-step.ts'
import type { PreparedStep } from './steps/prepared-step.ts'
import { type StepContext, withFields } from './steps/step.ts'

export interface StageOptions extends OperationOptions {
  readonly session: BuildSession
  /** The number of the stage. */
  readonly index: number
  readonly base: BuiltImage
  readonly instructions: readonly Instruction[]
  readonly args: BuildArgs
  /** False: nothing is looked for in the cache. */
  readonly usesCache: boolean
  /** Tells that an instruction begins, as the next step of the build. */
  readonly onStep: (instruction: Instruction) => void
  /** Tells that an ARG has named an argument. */
  readonly onDeclared: (name: string) => void
}

/** A stage between two instructions. */
interface StageState {
  readonly image: BuiltImage
  readonly config: ContainerConfig
  readonly args: BuildArgs
  readonly hasCmd: boolean
  /** False after the first miss: what follows has another parent than ever before. */
  readonly mayFind: boolean
}

/** The image that the last instruction made; the base itself where there is none. */
export async function buildStage(options: StageOptions): Promise<BuiltImage> {
  const { session, instructions, onStep } = options
  let state = await runTriggers(options)
  session.onEvent({ kind: 'image', imageId: state.image.imageId, containerId: undefined })
  for (const instruction of instructions) {
    onStep(instruction)
    state = await placed(state, instruction, { ...options, fileName: session.file.fileName, isTrigger: false })
  }
  return state.image
}

async function runTriggers(options: StageOptions): Promise<StageState> {
  const { session, base, args, usesCache } = options
  const triggers = triggersOf(base.config)
  const config = withDefaultPath(withFields(base.config, { OnBuild: undefined }))
  let state: StageState = { image: base, config, args, hasCmd: false, mayFind: usesCache }
  if (triggers.length > 0) session.onEvent({ kind: 'triggers', count: triggers.length })
  for (const [index, text] of triggers.entries()) {
    session.onEvent({ kind: 'trigger', index, text })
    for (const instruction of parseTrigger(text)) {
      state = await placed(state, instruction, { ...options, fileName: 'ONBUILD', isTrigger: true })
    }
  }
  return state
}

interface InstructionOptions extends StageOptions {
  readonly fileName: string
  readonly isTrigger: boolean
}

/** What goes wrong in a step says where that stands. */
async function placed(state: StageState, written: Instruction, options: InstructionOptions): Promise<StageState> {
  try {
    return await runInstruction(state, written, options)
  } catch (error) {
    if (!isBuilderError(error) || error.place !== undefined || error.code === 'COMMAND_FAILED') throw error
    const { code, message, detail = {}, advice } = error
    throw new BuilderError(code, message, { place: placeOf(options.fileName, written), detail, advice, cause: error })
  }
}

async function runInstruction(
  state: StageState,
  written: Instruction,
  options: InstructionOptions,
): Promise<StageState> {
  const { session, signal, index, fileName, isTrigger } = options
  signal?.throwIfAborted()
  const { image: parent, config, args, hasCmd } = state
  const { escape: escapeToken } = session.file
  const instruction = expandInstruction(
    written,
    environmentOf(state),
    isTrigger ? { fileName } : { fileName, escape: escapeToken },
  )
  if (instruction.kind === 'ARG') for (const { name } of instruction.args) options.onDeclared(name)
  const context: StepContext = { config, args, hasCmd, place: placeOf(fileName, written) }
  const prepared = await prepareStep(instruction, context, { parent, session, stage: index, signal })
  try {
    if (prepared.note !== undefined) session.onEvent({ kind: 'note', text: prepared.note })
    const found = state.mayFind ? await session.cache.find(prepared.cached, { signal }) : undefined
    if (found !== undefined) session.onEvent({ kind: 'cached' })
    const made = found === undefined ? await execute(prepared, state, options) : undefined
    const image = found ?? made?.image ?? parent
    if (!isTrigger) {
      const { containerId, isSilent = false } = made ?? {}
      session.onEvent({ kind: 'image', imageId: image.imageId, containerId, isSilent })
    }
    return {
      image,
      config: image.config,
      args: prepared.args,
      hasCmd: prepared.hasCmd,
      mayFind: state.mayFind && found !== undefined,
    }
  } finally {
    await prepared.dispose?.()
  }
}

/** ENV, and the arguments that it does not hide. */
function environmentOf({ config, args }: StageState): ReadonlyMap<string, string> {
  return new Map([...args.allowed(), ...variablesOf(config.Env ?? [])])
}

async function execute(
  prepared: PreparedStep,
  { mayFind, image: parent }: StageState,
  { session, usesCache, signal }: StageOptions,
): Promise<{ readonly image: BuiltImage; readonly containerId: string; readonly isSilent: boolean }> {
  const { cached, hasContainer } = prepared
  session.onEvent({
    kind: 'miss',
    keyword: cached.facts.keyword,
    reasons: await reasonsOf(prepared, { session, mayFind, usesCache }),
  })
  const containerId = newContainerId()
  if (hasContainer) session.onEvent({ kind: 'running', containerId })
  const made = await prepared.execute?.(containerId, { signal })
  const { config, author, createdBy } = cached.key
  const created = new Date(session.time * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const outcome = { config, author, createdBy, created, layer: made?.layer }
  const image = await commitStep(session.images, parent, outcome, { signal })
  if (made?.draft !== undefined) session.trees.remember(image, made.draft)
  await session.cache.record(cached, image)
  return { image, containerId, isSilent: !hasContainer }
}

interface MissCircumstances {
  readonly session: BuildSession
  readonly mayFind: boolean
  readonly usesCache: boolean
}

async function reasonsOf(
  { cached }: PreparedStep,
  { session, mayFind, usesCache }: MissCircumstances,
): Promise<readonly string[]> {
  if (!session.explains) return []
  if (!usesCache) return ['the cache is not used']
  return mayFind ? session.cache.explain(cached) : ['parent image changed']
}

/** As docker's: 64 hex digits of which the first twelve, the host name, are not all decimal. */
function newContainerId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex')
    if (!/^\d{12}/.test(id)) return id
  }
}
