/**
 * `tsreg copy`: from registry to registry, nothing kept locally.
 * @module
 */

import { formatReference, isIndexType, parsePlatform, type Reference } from '@tsreg/oci'
import { copy as copyContent } from '@tsreg/oci/content'
import type { Command } from 'commander'
import { CliError } from '../errors.ts'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { createProgress, settle } from '../output/progress.ts'
import { findRemoteImage, type RemoteImage } from '../remote-image.ts'
import { openSession, type Session } from '../session.ts'
import { pushWords, type Transfer, watchTransfer } from '../transfer.ts'
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
  RemoteFlags & { readonly referrers?: boolean; readonly allTags?: boolean; readonly sparse?: boolean }

export function copy(invocation: Invocation): Command {
  const command = verb('copy', 'Copy an image from one registry to another, or inside one', [
    ['tsreg copy docker.io/library/debian:13 localhost:5000/debian:13', 'With all platforms'],
    ['tsreg copy debian:13 backup/debian:13 --referrers', 'Inside the default registry: blobs are mounted, not moved'],
    ['tsreg copy quay.io/team/app localhost:5000/team/app --all-tags', 'Every tag of a repository'],
  ])
    .argument('<source>', 'Image; with --all-tags a repository')
    .argument('<destination>', 'Where to; without a tag under that of the source')
    .option('--referrers', 'Also what refers to the image: signatures, SBOMs')
    .option('--all-tags', 'Every tag of the source repository')
    .option('--sparse', 'Leave out manifests of an index that the source does not hold')
  withPlatform(withQuiet(command, 'Print only the digest'), 'Of an index only the manifest for this platform')
  return withJson(withRemote(command)).action(async (from: string, to: string, flags: Flags) => {
    await using session = await openSession(invocation, flags)
    const results = flags.allTags
      ? await copyAllTags(session, from, to, flags, invocation)
      : [await copyOne(session, await findRemoteImage(session, from, invocation), to, flags, invocation)]
    if (flags.json) await printJson(invocation.stdout, flags.allTags ? results : results[0])
  })
}

interface CopyResult {
  readonly source: string
  readonly destination: string
  readonly digest: string
  readonly transferredBytes: number
  readonly layers: Transfer['layers']
}

async function copyAllTags(
  session: Session,
  from: string,
  to: string,
  flags: Flags,
  invocation: Invocation,
): Promise<readonly CopyResult[]> {
  const { signal } = invocation
  const source = session.repositoryName(from)
  const destination = session.repositoryName(to)
  const repository = (await session.registry(source.registry)).repository(source.repository)
  const results: CopyResult[] = []
  for await (const tag of repository.tags({ signal })) {
    const image = {
      reference: { ...source, tag },
      repository,
      descriptor: await repository.resolve(tag, { signal }),
      tags: [],
    }
    results.push(await copyOne(session, image, formatReference({ ...destination, tag }), flags, invocation))
  }
  if (results.length === 0) throw new CliError('IMAGE_UNKNOWN', `${formatReference(source)} has no tags`)
  return results
}

async function copyOne(
  session: Session,
  image: RemoteImage,
  to: string,
  flags: Flags,
  invocation: Invocation,
): Promise<CopyResult> {
  const { signal, stdout, env } = invocation
  const { reference: source, descriptor, repository } = image
  const destination = destinationOf(session, to, image)
  const target = (await session.registry(destination.registry)).repository(destination.repository)
  const sameRegistry = source.registry === destination.registry
  const mountFrom = sameRegistry && source.repository !== destination.repository ? source.repository : undefined
  const progress = createProgress(stdout, { quiet: flags.quiet === true || flags.json === true, env })
  const transfer = watchTransfer(progress, pushWords)
  progress.line(`Copying ${formatReference(source)} to ${formatReference(destination)}`)
  const copied = await settle(progress, () =>
    copyContent(repository, descriptor.digest, target, {
      signal,
      tag: destination.tag,
      mountFrom,
      includeReferrers: flags.referrers,
      sparse: flags.sparse,
      platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform),
      onProgress: transfer.onProgress,
    }),
  )
  if (flags.quiet && !flags.json) await print(stdout, `${copied.digest}\n`)
  const kind = isIndexType(copied.mediaType) ? 'index' : 'manifest'
  progress.line(`${destination.tag ?? kind}: digest: ${copied.digest} size: ${copied.size}`)
  return {
    source: formatReference({ registry: source.registry, repository: source.repository, digest: copied.digest }),
    destination: formatReference(destination),
    digest: copied.digest,
    transferredBytes: transfer.bytes,
    layers: transfer.layers,
  }
}

/** Where to: a destination without a tag takes that of the source, and one by digest must be of that digest. */
function destinationOf(session: Session, text: string, { reference, descriptor, tags }: RemoteImage): Reference {
  const destination = session.reference(text)
  if (destination.digest !== undefined) {
    if (destination.digest === descriptor.digest) return destination
    throw new CliError('USAGE', `the destination names ${destination.digest}, but the source is ${descriptor.digest}`, {
      advice: 'Name a tag, or only the repository.',
    })
  }
  const hasTag = /:[^/]+$/.test(text)
  if (hasTag) return destination
  const { tag: _, ...bare } = destination
  const tag = reference.tag ?? tags[0]
  return tag === undefined ? { ...bare, digest: descriptor.digest } : { ...bare, tag }
}
