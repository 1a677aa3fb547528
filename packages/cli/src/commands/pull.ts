/**
 * `tsreg pull`: from a registry into the local images.
 * @module
 */

import type { Command } from 'commander'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { type PullResult, pullImage } from '../pull-image.ts'
import { openSession } from '../session.ts'
import {
  type JsonFlag,
  type PlatformFlag,
  type QuietFlag,
  type RemoteFlags,
  verb,
  withJson,
  withPlatform,
  withQuiet,
  withRemote,
} from '../verb.ts'

type Flags = JsonFlag &
  QuietFlag &
  PlatformFlag &
  RemoteFlags & { readonly allPlatforms?: boolean; readonly unpack?: boolean }

export function pull(invocation: Invocation): Command {
  const command = verb('pull', 'Fetch images from a registry into the local images', [
    ['tsreg pull centos:centos5', 'From the default registry (TSREG_REGISTRY)'],
    ['tsreg pull localhost:5000/debian@sha256:...', 'Exactly this one'],
    ['tsreg pull 4986bf8c1536', 'The image whose ID begins so, with its tags'],
    ['tsreg pull debian:13 --platform linux/arm64', 'For another platform than this machine'],
  ])
    .argument('<reference...>', 'Images, or the first digits of their IDs')
    .option('--all-platforms', 'The whole index, so that a push takes all platforms along')
    .option('--unpack', 'Unpack the layers at once, not only when a container or a build needs them')
  withPlatform(withQuiet(command, 'Print only the reference'), 'Of an index the image for this platform')
  return withJson(withRemote(command)).action(async (texts: readonly string[], flags: Flags) => {
    if (flags.allPlatforms && flags.platform !== undefined) {
      throw new CliError('USAGE', '--platform and --all-platforms exclude each other')
    }
    await using session = await openSession(invocation, flags)
    const results: PullResult[] = []
    for (const text of texts) results.push(await pullImage(session, text, flags, invocation))
    if (flags.json) await printJson(invocation.stdout, results.length === 1 ? results[0] : results)
  })
}
