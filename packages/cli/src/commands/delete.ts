/**
 * `tsreg delete`
 * @module
 */

import { formatReference } from '@tsreg/oci'
import type { Command } from 'commander'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { findRemoteImage } from '../remote-image.ts'
import { openSession } from '../session.ts'
import { type JsonFlag, type RemoteFlags, verb, withJson, withRemote } from '../verb.ts'

type DeleteFlags = JsonFlag & RemoteFlags & { readonly repository?: boolean }

export function remove(invocation: Invocation): Command {
  const command = verb('delete', 'Delete tags, images or repositories from a registry', [
    ['tsreg delete localhost:5000/app:v1', 'The tag only; the image stays under its other tags and its digest'],
    ['tsreg delete localhost:5000/app@sha256:...', 'The image, with all its tags'],
    ['tsreg delete --repository localhost:5000/app', 'All tags and images of app (of a tsreg registry)'],
  ])
    .argument('<reference...>', 'Tags, digests, or the first digits of IDs')
    .option('--repository', 'The arguments are repositories, each to be deleted whole')
  return withJson(withRemote(command)).action(async (texts: readonly string[], flags: DeleteFlags) => {
    const { stdout, signal } = invocation
    await using session = await openSession(invocation, flags)
    const deleted: string[] = []
    for (const text of texts) {
      if (flags.repository) {
        const { registry, repository } = session.repositoryName(text)
        await (await session.registry(registry)).repository(repository).deleteAll({ signal })
        deleted.push(`${registry}/${repository}`)
        if (!flags.json) await print(stdout, `Deleted: ${registry}/${repository}\n`)
        continue
      }
      const { reference, repository, descriptor } = await findRemoteImage(session, text, invocation)
      const { tag, digest } = reference
      if (tag !== undefined && digest === undefined) await repository.deleteTag(tag, { signal })
      else await repository.delete(descriptor, { signal })
      const name = formatReference(reference)
      deleted.push(name)
      if (!flags.json)
        await print(stdout, `${tag !== undefined && digest === undefined ? 'Untagged' : 'Deleted'}: ${name}\n`)
    }
    if (flags.json) await printJson(stdout, { deleted })
  })
}
