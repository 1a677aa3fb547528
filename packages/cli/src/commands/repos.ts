/**
 * `tsreg repos`
 * @module
 */
import type { Command } from 'commander'
import type { Invocation } from '../invocation.ts'
import { printNames } from '../output/names.ts'
import { readRegistryHost } from '../reference.ts'
import { openSession } from '../session.ts'
import { type JsonFlag, type RemoteFlags, verb, withJson, withRemote } from '../verb.ts'

export function repos(invocation: Invocation): Command {
  const command = verb('repos', 'List the repositories of a registry', [
    ['tsreg repos', 'Of the default registry, one per line'],
    ['tsreg repos localhost:5000 --json', '{"registry": ..., "repositories": [...]}'],
  ]).argument('[registry]', 'Registry; default TSREG_REGISTRY')
  return withJson(withRemote(command)).action(async (text: string | undefined, flags: JsonFlag & RemoteFlags) => {
    const { stdout, signal } = invocation
    await using session = await openSession(invocation, flags)
    const host = readRegistryHost(text ?? session.config.registry)
    const listed = (await session.registry(host)).catalog({ signal })
    await printNames(stdout, listed, flags.json ? (repositories) => ({ registry: host, repositories }) : undefined)
  })
}
