/**
 * `WORKDIR`: the directory of commands, made where it is missing.
 * @module
 */
import { posix } from 'node:path'
import type { BuiltImage } from '../built-image.ts'
import type { WorkdirInstruction } from '../dockerfile/index.ts'
import { BuilderError } from '../errors.ts'
import type { BuildSession } from '../session.ts'
import type { Described, PreparedStep } from './prepared-step.ts'
import { type StepContext, shellOf, withFields } from './step.ts'

export function workdir(
  { path: written }: WorkdirInstruction,
  context: StepContext,
  { parent, session, described }: { parent: BuiltImage; session: BuildSession; described: Described },
): PreparedStep {
  const path = workingDirectory(written, context)
  const config = withFields(context.config, { WorkingDir: path })
  // One space, where other instructions have two: so does docker.
  const createdBy = [...shellOf(config), `#(nop) WORKDIR ${path}`].join(' ')
  return {
    cached: { parent, key: { createdBy, config, author: parent.author }, facts: { ...described, createdBy } },
    args: context.args,
    hasCmd: context.hasCmd,
    hasContainer: true,
    async execute(_containerId, options) {
      const draft = await session.trees.draftAbove(parent, options)
      const attributes = { mode: 0o755, uid: 0, gid: 0, mtime: session.time }
      await draft.makeDirectory(await draft.resolve(path, options), attributes, options)
      return session.writeDraft(draft, options)
    },
  }
}

/** An absolute path is taken as it is, with a slash at its end if it has one; a relative one goes on from the last. */
function workingDirectory(path: string, { config, place }: StepContext): string {
  if (path === '') throw new BuilderError('DOCKERFILE_INVALID', 'the path of WORKDIR is empty', { place })
  return path.startsWith('/') ? path : posix.join('/', config.WorkingDir ?? '/', path).replace(/(.)\/$/, '$1')
}
