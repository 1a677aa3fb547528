/**
 * `tsreg inspect`: always a JSON array, as docker's.
 * @module
 */
import { type Command, Option } from 'commander'
import { containersDirectory } from '../containers.ts'
import { CliError, reportOf } from '../errors.ts'
import { inspectLocal, inspectRemote } from '../inspect-image.ts'
import { type InspectedContainer, inspectedContainer } from '../inspected-container.ts'
import type { InspectedImage } from '../inspected-image.ts'
import { type Invocation, print } from '../invocation.ts'
import { printFormatted } from '../output/formatted.ts'
import { printJson } from '../output/json.ts'
import { openSession, type Session } from '../session.ts'
import { withUnbuilt } from '../unbuilt.ts'
import {
  type FormatFlag,
  type JsonFlag,
  type PlatformFlag,
  type RemoteFlags,
  verb,
  withFormat,
  withJson,
  withPlatform,
  withRemote,
} from '../verb.ts'

type Flags = JsonFlag &
  FormatFlag &
  PlatformFlag &
  RemoteFlags & { readonly remote?: boolean; readonly type?: 'container' | 'image' }

type Inspected = InspectedContainer | InspectedImage

export function inspect(invocation: Invocation): Command {
  const command = verb('inspect', 'Show all about containers or images, as a JSON array', [
    ['tsreg inspect web', 'A container, or else a local image'],
    ["tsreg inspect -f '{{.State.Status}} {{.State.ExitCode}}' web", 'Single fields'],
    ['tsreg inspect --type image debian:13', 'A local image, whatever containers are called'],
    ['tsreg inspect --remote debian:13 --platform linux/arm64', 'One in its registry, without pulling it'],
    ["tsreg inspect -f '{{.Id}} {{.ManifestDigest}}' debian:13", 'Its ID, and the digest of its manifest'],
  ])
    .argument('<name...>', 'Containers or images, or the first digits of their IDs')
    .addOption(new Option('--type <type>', 'Look for nothing else').choices(['container', 'image']).conflicts('remote'))
    .option('--remote', 'Images in the registry instead of the local ones')
  withUnbuilt(command, { '-s, --size': '' })
  withPlatform(withFormat(command, '{{.Id}}', '-f, --format'), 'Of an index the image for this platform; images only')
  return withJson(withRemote(command)).action(async (texts: readonly string[], flags: Flags) => {
    const { stdout, stderr } = invocation
    await using session = await openSession(invocation, flags)
    const found: Inspected[] = []
    const failures: unknown[] = []
    for (const text of texts) {
      try {
        found.push(await inspectOne(session, text, flags, invocation))
      } catch (error) {
        invocation.signal.throwIfAborted()
        failures.push(error)
      }
    }
    const [first] = failures
    if (texts.length === 1 && first !== undefined) throw first
    if (flags.format !== undefined && flags.format !== 'json') await printFormatted(stdout, flags.format, found)
    else if (failures.length === 0 || !flags.json) await printJson(stdout, found)
    if (failures.length === 0) return
    const messages = failures.map((failure) => reportOf(failure).message)
    if (!flags.json) for (const message of messages.slice(0, -1)) await print(stderr, `Error: ${message}\n`)
    throw new CliError('PARTIAL', flags.json ? messages.join('; ') : (messages.at(-1) ?? ''), {
      detail: { found },
    })
  })
}

/** A container before an image, as docker looks. */
async function inspectOne(session: Session, text: string, flags: Flags, invocation: Invocation): Promise<Inspected> {
  if (flags.remote) return inspectRemote(session, text, flags, invocation)
  if (flags.type === 'container') return inspectContainer(session, text)
  if (flags.type === 'image' || flags.platform !== undefined) return inspectLocal(session, text, flags, invocation)
  const { isRuntimeError } = await import('@tsreg/runtime')
  try {
    return await inspectContainer(session, text)
  } catch (error) {
    if (!isRuntimeError(error, 'CONTAINER_UNKNOWN')) throw error
  }
  try {
    return await inspectLocal(session, text, flags, invocation)
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'IMAGE_UNKNOWN') throw error
    const advice = error.advice?.startsWith('Did you mean')
      ? error.advice
      : 'See the containers with "tsreg ps -a", and the local images with "tsreg images".'
    throw new CliError('IMAGE_UNKNOWN', `No such object: ${text}`, { advice, cause: error })
  }
}

async function inspectContainer(session: Session, text: string): Promise<InspectedContainer> {
  const { findContainer } = await import('@tsreg/runtime')
  const directory = containersDirectory(session.config)
  return inspectedContainer(await findContainer(directory, text), directory)
}
