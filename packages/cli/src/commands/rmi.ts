/**
 * `tsreg rmi`
 * @module
 */

import { existsSync } from 'node:fs'
import type { RemoveImageOptions } from '@tsreg/image'
import { parseReference } from '@tsreg/oci'
import type { Command } from 'commander'
import { containersDirectory } from '../containers.ts'
import { CliError, reportOf } from '../errors.ts'
import { imageUsers } from '../image-users.ts'
import { type Invocation, print } from '../invocation.ts'
import { findLocalImage } from '../local-image.ts'
import { printJson } from '../output/json.ts'
import { openSession, type Session, snapshotsIn } from '../session.ts'
import { type JsonFlag, verb, withJson } from '../verb.ts'

type Flags = JsonFlag & { readonly force?: boolean; readonly prune: boolean }

export function rmi(invocation: Invocation): Command {
  const command = verb('rmi', 'Remove local images', [
    ['tsreg rmi debian:13', 'The name; with the last name of an image also its content'],
    ['tsreg rmi -f 4986bf8c1536', 'An image with all its names'],
  ])
    .argument('<image...>', 'Local images, or the first digits of their IDs')
    .option(
      '-f, --force',
      'By ID, also an image that several names point at; one that a stopped container was made from',
    )
    .option('--no-prune', 'Keep the unnamed images that it was built from')
  return withJson(command).action(async (texts: readonly string[], flags: Flags) => {
    await using session = await openSession(invocation)
    const removed: Removed = { untagged: [], deleted: [] }
    const failures: unknown[] = []
    const userOf = imageUsers(containersDirectory(session.config))
    for (const text of texts) {
      try {
        await removeOne(session, text, { ...flags, userOf }, removed, invocation)
      } catch (error) {
        failures.push(error)
      }
    }
    if (removed.deleted.length > 0) await pruneSnapshots(session, invocation)
    if (failures.length === 1 && texts.length === 1) throw failures[0]
    if (failures.length > 0) {
      const messages = failures.map((failure) => reportOf(failure).message)
      throw new CliError('PARTIAL', messages.join('\n  '), { detail: { ...removed } })
    }
    if (flags.json) await printJson(invocation.stdout, removed)
  })
}

/** Layers that were unpacked for the removed images only. Where nothing was ever unpacked, nothing is made. */
async function pruneSnapshots(session: Session, { signal }: Invocation): Promise<void> {
  if (!existsSync(snapshotsIn(session.config.home))) return
  const { pruneUnused } = await import('@tsreg/image/snapshot')
  await pruneUnused(await session.snapshots(), await session.images(), { signal })
}

interface Removed {
  readonly untagged: string[]
  readonly deleted: string[]
}

async function removeOne(
  session: Session,
  text: string,
  flags: Flags & Pick<RemoveImageOptions, 'userOf'>,
  removed: Removed,
  invocation: Invocation,
): Promise<void> {
  const { signal, stdout } = invocation
  const { removeImage } = await import('@tsreg/image')
  const images = await session.images()
  // For the advice that goes with an unknown name.
  await findLocalImage(session, images, text, invocation)
  const options = {
    ...session.referenceOptions,
    force: flags.force === true,
    parents: flags.prune,
    userOf: flags.userOf,
    signal,
  }
  for (const fact of await removeImage(images, text, options)) {
    const line =
      fact.kind === 'untagged'
        ? `Untagged: ${session.show(parseReference(fact.reference))}`
        : `Deleted: ${fact.descriptor.digest}`
    if (fact.kind === 'untagged') removed.untagged.push(fact.reference)
    else removed.deleted.push(fact.descriptor.digest)
    if (!flags.json) await print(stdout, `${line}\n`)
  }
}
