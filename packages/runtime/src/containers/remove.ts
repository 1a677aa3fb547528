/**
 * `rm`: taking a container away for good.
 * @module
 */
import { claim, takeOverClaim } from '../claims/claim.ts'
import { RuntimeError } from '../errors.ts'
import { clearAway } from './clear-away.ts'
import { type Container, readContainer } from './find.ts'
import type { RuntimeContext } from './runtime-context.ts'

/**
 * @param options.force kills it first when it runs
 * @throws RuntimeError CONTAINER_RUNNING without force; CONTAINER_BUSY while somebody starts it
 */
export async function removeContainer(
  context: RuntimeContext,
  { record }: Container,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { id } = record
  const isAttended = record.host.autoRemove
  if (isAttended && force) {
    // Whoever attends to it sees its end and clears it away; this must not wait for that.
    await clearAway(context, id)
    // Unless nobody does.
    takeOverClaim(context.directory, id)?.keep()
    return
  }
  const held = await claim(context.directory, id)
  try {
    const container = await readContainer(context.directory, id)
    if (container?.state.status === 'running' && !force) {
      throw new RuntimeError(
        'CONTAINER_RUNNING',
        `You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`,
        { detail: { id } },
      )
    }
    await clearAway(context, id)
  } finally {
    held.keep()
  }
}
