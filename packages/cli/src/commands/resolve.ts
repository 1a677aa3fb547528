/**
 * `tsreg resolve`
 * @module
 */

import { formatReference, parsePlatform, type Reference } from '@tsreg/oci'
import { selectPlatform } from '@tsreg/oci/content'
import type { Command } from 'commander'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { findRemoteImage } from '../remote-image.ts'
import { openSession } from '../session.ts'
import {
  type JsonFlag,
  type PlatformFlag,
  type RemoteFlags,
  verb,
  withJson,
  withPlatform,
  withRemote,
} from '../verb.ts'

type Flags = JsonFlag & PlatformFlag & RemoteFlags & { readonly full?: boolean }

export function resolve(invocation: Invocation): Command {
  const command = verb('resolve', 'Print the digest that a tag or a short ID stands for in its registry', [
    ['tsreg resolve debian:13', 'sha256:...'],
    ['tsreg resolve 4986bf8c1536', 'The manifest whose image ID begins so, in the default registry'],
    ['tsreg resolve debian:13 --platform linux/arm64 --full', 'localhost:5000/debian@sha256:...'],
  ])
    .argument('<reference>', 'Image, or the first digits of an ID')
    .option('--full', 'Print registry and repository before the digest')
  withPlatform(command, 'Of an index the manifest for this platform')
  return withJson(withRemote(command)).action(async (text: string, flags: Flags) => {
    const { stdout, signal } = invocation
    await using session = await openSession(invocation, flags)
    const image = await findRemoteImage(session, text, invocation)
    const { platform } = flags
    const descriptor =
      platform === undefined
        ? image.descriptor
        : await selectPlatform(image.repository, image.descriptor, parsePlatform(platform), { signal })
    const { registry, repository } = image.reference
    const pinned: Reference = { registry, repository, digest: descriptor.digest }
    if (flags.json) return printJson(stdout, { reference: formatReference(pinned), ...descriptor })
    await print(stdout, `${flags.full ? formatReference(pinned) : descriptor.digest}\n`)
  })
}
