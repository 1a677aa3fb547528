/**
 * `tsreg tags`
 * @module
 */
import type { Command } from 'commander'
import type { Invocation } from '../invocation.ts'
import { printNames } from '../output/names.ts'
import { openSession } from '../session.ts'
import { type JsonFlag, type RemoteFlags, verb, withJson, withRemote } from '../verb.ts'

export function tags(invocation: Invocation): Command {
  const command = verb('tags', 'List the tags of a repository', [
    ['tsreg tags debian', 'One tag per line, in the order of the registry'],
    ['tsreg tags localhost:5000/team/app --json', '{"repository": ..., "tags": [...]}'],
  ]).argument('<repository>', 'Repository, with or without its registry')
  return withJson(withRemote(command)).action(async (text: string, flags: JsonFlag & RemoteFlags) => {
    const { stdout, signal } = invocation
    await using session = await openSession(invocation, flags)
    const { registry: host, repository: name } = session.repositoryName(text)
    const listed = (await session.registry(host)).repository(name).tags({ signal })
    await printNames(stdout, listed, flags.json ? (all) => ({ repository: `${host}/${name}`, tags: all }) : undefined)
  })
}
