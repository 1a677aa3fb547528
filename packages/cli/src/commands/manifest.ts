/**
 * `tsreg manifest get | put | head | delete`: manifests exactly as they are in a registry.
 * @module
 */

import { digestOf, formatReference, parsePlatform, type Reference } from '@tsreg/oci'
import { fetchManifest, maxManifestBytes, selectPlatform } from '@tsreg/oci/content'
import { Command } from 'commander'
import { CliError } from '../errors.ts'
import { type Invocation, print } from '../invocation.ts'
import { readInput, writeContent } from '../output/files.ts'
import { printJson } from '../output/json.ts'
import { findRemoteImage } from '../remote-image.ts'
import { openSession, type Session } from '../session.ts'
import {
  type JsonFlag,
  type PlatformFlag,
  type RemoteFlags,
  verb,
  withJson,
  withPlatform,
  withRemote,
} from '../verb.ts'

export function manifest(invocation: Invocation): Command {
  return new Command('manifest')
    .description('Read and write manifests of a registry')
    .helpOption('-h, --help', 'Show help')
    .addCommand(get(invocation))
    .addCommand(head(invocation))
    .addCommand(put(invocation))
    .addCommand(remove(invocation))
}

type GetFlags = JsonFlag & RemoteFlags & PlatformFlag & { readonly output?: string }

function get(invocation: Invocation): Command {
  const command = verb('get', 'Print a manifest, byte for byte', [
    ['tsreg manifest get debian:13', 'The index or image manifest that the tag names'],
    ['tsreg manifest get debian:13 --platform linux/arm64 -o manifest.json', 'That of one platform, into a file'],
  ])
    .argument('<reference>', 'Image, or the first digits of an ID')
    .option('-o, --output <file>', 'Write to a file')
  withPlatform(command, 'Of an index the manifest for this platform')
  return withJson(withRemote(command)).action(async (text: string, flags: GetFlags) => {
    await using session = await openSession(invocation, flags)
    const { descriptor, repository, reference } = await find(session, text, flags, invocation)
    const { bytes, manifest } = await fetchManifest(repository, descriptor, { signal: invocation.signal })
    if (flags.json) return printJson(invocation.stdout, { reference, descriptor, manifest })
    await writeContent(once(bytes), flags.output, invocation)
    if (flags.output === undefined && invocation.stdout.isTTY === true) await print(invocation.stdout, '\n')
  })
}

function head(invocation: Invocation): Command {
  const command = verb('head', 'Print the descriptor of a manifest without fetching it', [
    ['tsreg manifest head debian:13', 'Digest, media type and size'],
  ]).argument('<reference>', 'Image, or the first digits of an ID')
  withPlatform(command, 'Of an index the manifest for this platform')
  return withJson(withRemote(command)).action(async (text: string, flags: JsonFlag & RemoteFlags & PlatformFlag) => {
    await using session = await openSession(invocation, flags)
    const { descriptor, reference } = await find(session, text, flags, invocation)
    if (flags.json) return printJson(invocation.stdout, { reference, descriptor })
    const { digest, mediaType, size } = descriptor
    await print(invocation.stdout, `Digest:     ${digest}\nMediaType:  ${mediaType}\nSize:       ${size}\n`)
  })
}

type PutFlags = JsonFlag & RemoteFlags & { readonly mediaType?: string }

function put(invocation: Invocation): Command {
  const command = verb('put', 'Push a manifest whose content is in the registry already', [
    ['tsreg manifest put localhost:5000/app:v1 manifest.json', 'Under a tag'],
    ['tsreg manifest get app:v1 | tsreg manifest put app:v2 -', 'From standard input'],
  ])
    .argument('<reference>', 'Where to: a tag, a digest, or a repository for a push by digest')
    .argument('[file]', 'File, or - for standard input', '-')
    .option('--media-type <type>', 'Media type; default what the manifest says of itself')
  return withJson(withRemote(command)).action(async (text: string, file: string, flags: PutFlags) => {
    const { stdout, signal } = invocation
    await using session = await openSession(invocation, flags)
    const reference = session.reference(text)
    const named = reference.tag ?? reference.digest
    const bytes = await readManifestFile(file, invocation)
    const { parseManifest } = await import('@tsreg/oci/image')
    const { mediaType } = parseManifest(bytes, flags.mediaType)
    const repository = (await session.registry(reference.registry)).repository(reference.repository)
    const target = named ?? digestOf(bytes)
    await repository.pushManifest({ reference: target, mediaType, bytes, signal })
    const pushed: Reference = {
      registry: reference.registry,
      repository: reference.repository,
      digest: digestOf(bytes),
    }
    if (flags.json) {
      const descriptor = { mediaType, digest: pushed.digest, size: bytes.byteLength }
      return printJson(stdout, { reference: formatReference(reference), descriptor })
    }
    await print(stdout, `${formatReference(pushed)}\n`)
  })
}

function remove(invocation: Invocation): Command {
  const command = verb('delete', 'Delete a manifest and the tags that name it', [
    ['tsreg manifest delete localhost:5000/app@sha256:...', 'By digest'],
    ['tsreg manifest delete localhost:5000/app:v1', 'The manifest that the tag names, with all its tags'],
  ]).argument('<reference>', 'Image, or the first digits of an ID')
  return withJson(withRemote(command)).action(async (text: string, flags: JsonFlag & RemoteFlags) => {
    await using session = await openSession(invocation, flags)
    const { descriptor, repository, reference } = await find(session, text, {}, invocation)
    await repository.delete(descriptor, { signal: invocation.signal })
    if (flags.json) return printJson(invocation.stdout, { deleted: [reference] })
    await print(invocation.stdout, `Deleted: ${reference}\n`)
  })
}

async function find(session: Session, text: string, { platform }: PlatformFlag, invocation: Invocation) {
  const { signal } = invocation
  const image = await findRemoteImage(session, text, invocation)
  const descriptor =
    platform === undefined
      ? image.descriptor
      : await selectPlatform(image.repository, image.descriptor, parsePlatform(platform), { signal })
  const { registry, repository } = image.reference
  return {
    descriptor,
    repository: image.repository,
    reference: formatReference({ registry, repository, digest: descriptor.digest }),
  }
}

async function readManifestFile(file: string, invocation: Invocation): Promise<Uint8Array> {
  try {
    return await readInput(file, maxManifestBytes, invocation)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new CliError('USAGE', `${error.message}: that is no manifest`, { cause: error })
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
