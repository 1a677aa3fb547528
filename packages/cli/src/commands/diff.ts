/**
 * `tsreg diff`
 * @module
 */
import type { Change } from '@tsreg/image/snapshot'
import type { Command } from 'commander'
import { openContainers } from '../containers.ts'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { openSession } from '../session.ts'
import { type JsonFlag, verb, withJson } from '../verb.ts'

export function diff(invocation: Invocation): Command {
  const command = verb('diff', 'Show what a container has changed in its file system', [
    ['tsreg diff web', 'A line each: A added, C changed, D deleted'],
  ]).argument('<container>', 'Name, ID or first digits of the ID')
  return withJson(command).action(async (text: string, { json }: JsonFlag) => {
    const { signal, stdout } = invocation
    const { findContainer } = await import('@tsreg/runtime')
    await using session = await openSession(invocation)
    const { directory, snapshotter } = await openContainers(session)
    const { record } = await findContainer(directory, text)
    const changes = snapshotter.changes(record.id, { signal })
    if (json) return printJson(stdout, await Array.fromAsync(changes, asJson))
    for await (const { kind, path } of changes) await print(stdout, `${letters[kind]} ${path}\n`)
  })
}

const letters = { added: 'A', modified: 'C', deleted: 'D' } as const satisfies Readonly<Record<Change['kind'], string>>

function asJson({ kind, path }: Change) {
  return { kind, path }
}
