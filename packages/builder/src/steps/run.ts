/**
 * `RUN`: a command in a container of the image; what it changes becomes a layer.
 * @module
 */
import { chmod, writeFile } from 'node:fs/promises'
import type { Snapshot, Snapshotter } from '@tsreg/image/snapshot'
import { type Digest, shortId } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type Claim, claim, isRuntimeError, type StepMount } from '@tsreg/runtime'
import type { BuiltImage } from '../built-image.ts'
import { type RunInstruction, type RunScript, runScript } from '../dockerfile/index.ts'
import { BuilderError, type SourcePlace } from '../errors.ts'
import { discardVolumes, makeVolumes, type Volume } from '../rootfs/volumes.ts'
import { nameOf } from '../scope/index.ts'
import type { BuildSession } from '../session.ts'
import { commandLine } from './command.ts'
import type { Described, MadeLayer, PreparedStep } from './prepared-step.ts'
import type { StepContext } from './step.ts'

interface RunSurroundings {
  readonly parent: BuiltImage
  readonly session: BuildSession
  readonly described: Described
}

export function run(instruction: RunInstruction, context: StepContext, surroundings: RunSurroundings): PreparedStep {
  const { parent, described } = surroundings
  const { config, args } = context
  const script = runScript(instruction)
  const command = script.form === 'file' ? [scriptPath(script)] : commandLine(script, config)
  const passed = passedArgs(context)
  const counted = passed.filter(([name]) => args.counts(name))
  const prefix =
    passed.length === 0 ? [] : [`|${counted.length}`, ...counted.map(([name, value]) => `${name}=${value}`)]
  const shown = script.form === 'file' ? `<<${script.name}\n${script.content}${script.name}` : command.join(' ')
  const createdBy = [...prefix, shown].join(' ')
  const facts = { ...described, createdBy, command: shown, buildArgs: Object.fromEntries(counted) }
  return {
    cached: { parent, key: { createdBy, config, author: parent.author }, facts },
    args,
    hasCmd: context.hasCmd,
    hasContainer: true,
    execute: (containerId, options) =>
      execute({ ...surroundings, context, containerId, script, command, env: environment(context, passed) }, options),
  }
}

/** In `/dev`, which is no part of the layer. */
function scriptPath({ name }: RunScript & { readonly form: 'file' }): string {
  return `/dev/pipes/${name.replaceAll('/', '_')}`
}

/** The arguments that the command sees: those that ENV does not hide, sorted. */
function passedArgs({ args, config }: StepContext): readonly (readonly [string, string])[] {
  const hidden = new Set((config.Env ?? []).map(nameOf))
  return [...args.allowed()].filter(([name]) => !hidden.has(name)).sort(([a], [b]) => (a < b ? -1 : 1))
}

function environment({ config }: StepContext, passed: ReturnType<typeof passedArgs>): readonly string[] {
  return [...(config.Env ?? []), ...passed.map(([name, value]) => `${name}=${value}`)]
}

interface Execution extends RunSurroundings {
  readonly context: StepContext
  readonly containerId: string
  readonly script: RunScript
  readonly command: readonly string[]
  readonly env: readonly string[]
}

/** The writable layer is gone afterwards, whatever happens; a killed process leaves one that the next build removes. */
async function execute(execution: Execution, options: OperationOptions): Promise<MadeLayer> {
  const { session, parent, containerId, context } = execution
  const snapshotter = await session.snapshotter()
  const chainId = await session.trees.unpack(parent, options)
  // What is claimed, and by nobody who lives, is cleared away by whoever comes next.
  using claimed = await claim(session.containersDirectory, containerId)
  try {
    const snapshot = await snapshotter.create(containerId, chainId, options)
    const volumes = await volumesOf(execution, snapshot, options)
    await runCommand(execution, snapshot, options)
    await discardVolumes(snapshot.upperDirectory, volumes)
    const layer = await snapshotter.commit(containerId, session.images, { ...options, latestTime: session.time })
    claimed.keep()
    return { layer }
  } catch (error) {
    await remove(snapshotter, claimed)
    throw placed(error, context.place)
  }
}

async function volumesOf(
  { session, parent, context }: Execution,
  snapshot: Snapshot,
  options: OperationOptions,
): Promise<readonly Volume[]> {
  const paths = Object.keys(context.config.Volumes ?? {})
  // In a full copy of the image nothing tells what is new.
  if (paths.length === 0 || snapshot.mount.type !== 'overlay') return []
  return makeVolumes(snapshot.upperDirectory, await session.trees.tree(parent, 'the image', options), paths, options)
}

async function runCommand(execution: Execution, snapshot: Snapshot, { signal }: OperationOptions): Promise<void> {
  const { session, context, script, command, env, parent } = execution
  const { User: user, WorkingDir: cwd } = context.config
  await using scratch = await session.temporaryFiles()
  const mounts = script.form === 'file' ? [await scriptMount(script, scratch.next())] : []
  const { exitCode } = await session.runStep({
    directory: session.containersDirectory,
    snapshot,
    process: { args: command, env, ...(user ? { user } : {}), ...(cwd ? { cwd } : {}) },
    network: session.network,
    mounts,
    stdout: session.stdout,
    stderr: session.stderr,
    signal,
  })
  if (exitCode === 0) return
  throw commandFailed(command, exitCode, context.place, parent.imageId)
}

async function scriptMount(script: RunScript & { readonly form: 'file' }, source: string): Promise<StepMount> {
  await writeFile(source, script.content)
  // Whatever the umask is: the user of the step may be another one.
  await chmod(source, 0o755)
  return { source, destination: scriptPath(script), readOnly: true }
}

function commandFailed(
  command: readonly string[],
  exitCode: number,
  place: SourcePlace,
  lastImage: Digest | undefined,
): BuilderError {
  const message = `The command '${command.join(' ')}' returned a non-zero code: ${exitCode}`
  return new BuilderError('COMMAND_FAILED', message, {
    detail: { exitCode, file: place.file, line: place.line, lastImage },
    advice:
      lastImage === undefined
        ? `it stands in ${place.file}:${place.line}`
        : `to look into the image before ${place.file}:${place.line}: "tsreg run -it --entrypoint sh ${shortId(lastImage)}"`,
  })
}

async function remove(snapshotter: Snapshotter, claimed: Claim): Promise<void> {
  try {
    await snapshotter.remove(claimed.id)
    claimed.keep()
  } catch {
    // What went wrong first is what counts; the claim tells others that this is left.
  }
}

/** What the runtime cannot know: where the command stands. */
function placed(error: unknown, place: SourcePlace): unknown {
  if (!isRuntimeError(error)) return error
  const wanted = ['COMMAND_NOT_FOUND', 'COMMAND_NOT_EXECUTABLE', 'USER_UNKNOWN']
  if (!wanted.includes(error.code)) return error
  return new BuilderError('COMMAND_FAILED', error.message, { place, advice: error.advice, cause: error })
}
