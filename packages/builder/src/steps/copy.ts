/**
 * `COPY` and `ADD`: files of the context, a stage or an image, written into a layer without a container.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { BuiltImage } from '../built-image.ts'
import { parseChmod } from '../copy/chmod.ts'
import { chooseSources, type Sources } from '../copy/choose-sources.ts'
import { destinationOf } from '../copy/destination.ts'
import { placeSource } from '../copy/place-sources.ts'
import type { AddInstruction, CopyInstruction } from '../dockerfile/index.ts'
import { BuilderError } from '../errors.ts'
import { parseOwner } from '../rootfs/owner.ts'
import type { BuildSession } from '../session.ts'
import { addArchive } from './add-archive.ts'
import type { Described, MadeLayer, PreparedStep } from './prepared-step.ts'
import { type StepContext, shellOf } from './step.ts'

export interface CopySurroundings {
  readonly parent: BuiltImage
  readonly session: BuildSession
  readonly described: Described
  /** The number of the stage, for `--from`. */
  readonly stage: number
}

/** @throws COPY_SOURCE_UNKNOWN, COPY_FORBIDDEN, STAGE_UNKNOWN, DOWNLOAD_FAILED */
export async function copy(
  instruction: AddInstruction | CopyInstruction,
  context: StepContext,
  surroundings: CopySurroundings,
  options: OperationOptions,
): Promise<PreparedStep> {
  const { parent, session, described, stage } = surroundings
  const { chown, chmod, destination } = instruction
  const sources = await chooseSources(instruction, context, { session, stage }, options)
  checkCount(instruction, sources, context)
  const { sum, files } = sources
  const flags = flagText('chown', chown) + flagText('chmod', chmod)
  // The space at the end, and none behind flags, are docker's.
  const comment = `${instruction.kind} ${flags}${sum} in ${destination} `
  const createdBy = [...shellOf(context.config), `#(nop) ${comment}`].join(' ')
  const facts = { ...described, createdBy, sum, destination, ...given(instruction) }
  return {
    cached: { parent, key: { createdBy, config: context.config, author: parent.author }, facts, files },
    args: context.args,
    hasCmd: context.hasCmd,
    hasContainer: false,
    execute: (_containerId, executing) => execute({ instruction, context, surroundings, sources }, executing),
    dispose: sources.dispose,
  }
}

function given({ chown, chmod }: AddInstruction | CopyInstruction): {
  readonly chown?: string
  readonly chmod?: string
} {
  return { ...(chown === undefined ? {} : { chown }), ...(chmod === undefined ? {} : { chmod }) }
}

function flagText(name: string, value: string | undefined): string {
  return value === undefined ? '' : `--${name}=${value}`
}

function checkCount(
  { kind, destination }: AddInstruction | CopyInstruction,
  { parts }: Sources,
  { place }: StepContext,
): void {
  const count = parts.reduce((sum, { chosen }) => sum + chosen.length, 0)
  if (count <= 1 || destination.endsWith('/')) return
  throw new BuilderError(
    'DOCKERFILE_INVALID',
    `When using ${kind} with more than one source file, the destination must be a directory and end with a /`,
    { place, detail: { sources: count, destination } },
  )
}

interface Copying {
  readonly instruction: AddInstruction | CopyInstruction
  readonly context: StepContext
  readonly surroundings: CopySurroundings
  readonly sources: Sources
}

async function execute(copying: Copying, options: OperationOptions): Promise<MadeLayer> {
  const { instruction, context, surroundings, sources } = copying
  const { parent, session } = surroundings
  const { place } = context
  const owner =
    instruction.chown === undefined
      ? undefined
      : await parseOwner(instruction.chown, () => session.trees.tree(parent, 'the image', options), {
          ...options,
          place,
        })
  const mode = instruction.chmod === undefined ? undefined : parseChmod(instruction.chmod, place)
  const destination = destinationOf(instruction.destination, context.config.WorkingDir)
  const draft = await session.trees.draftAbove(parent, options)
  await using scratch = await session.temporaryFiles()
  for (const { tree, chosen, isLocal } of sources.parts) {
    for (const source of chosen) {
      const placing = { ...options, destination, owner, mode, time: session.time }
      const unpacks = instruction.kind === 'ADD' && isLocal && source.file.type === 'file'
      if (unpacks && (await addArchive({ draft, tree, source, file: scratch.next() }, placing))) continue
      await placeSource(draft, tree, source, placing)
    }
  }
  // The archives are read while the layer is written.
  return await session.writeDraft(draft, options)
}
