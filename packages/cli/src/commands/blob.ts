/**
 * `tsreg blob get | head | put | delete`: blobs of a registry.
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { RemoteRepository } from '@tsreg/client'
import { type Descriptor, type Digest, Digester, formatReference, type Reference } from '@tsreg/oci'
import { verifyContent } from '@tsreg/oci/content'
import { Command } from 'commander'
import { CliError } from '../errors.ts'
import { type Invocation, print } from '../invocation.ts'
import { openInput, writeContent } from '../output/files.ts'
import { printJson } from '../output/json.ts'
import { openSession, type Session } from '../session.ts'
import { type JsonFlag, type RemoteFlags, verb, withJson, withRemote } from '../verb.ts'

export function blob(invocation: Invocation): Command {
  return new Command('blob')
    .description('Read and write blobs of a registry')
    .helpOption('-h, --help', 'Show help')
    .addCommand(get(invocation))
    .addCommand(head(invocation))
    .addCommand(put(invocation))
    .addCommand(remove(invocation))
}

const blobArgument = ['<blob>', 'REPOSITORY@DIGEST'] as const

function get(invocation: Invocation): Command {
  const command = verb('get', 'Print a blob, verified', [
    ['tsreg blob get localhost:5000/app@sha256:... > layer.tar.gz', 'To standard output'],
    [
      'tsreg blob get localhost:5000/app@sha256:... -o layer.tar.gz',
      'Into a file that appears only when it is complete',
    ],
  ])
    .argument(...blobArgument)
    .option('-o, --output <file>', 'Write to a file')
  return withJson(withRemote(command)).action(
    async (text: string, flags: JsonFlag & RemoteFlags & { readonly output?: string }) => {
      const { signal, stdout } = invocation
      if (flags.json && flags.output === undefined) {
        throw new CliError('USAGE', 'a blob is no JSON document; give --output with --json')
      }
      await using session = await openSession(invocation, flags)
      const { repository, digest } = await locate(session, text)
      const descriptor = await repository.resolveBlob(digest, { signal })
      const content = verifyContent(descriptor, await repository.fetch(descriptor, { signal }))
      await writeContent(content, flags.output, invocation)
      if (flags.json) await printJson(stdout, { digest, size: descriptor.size, file: flags.output })
    },
  )
}

function head(invocation: Invocation): Command {
  const command = verb('head', 'Print digest and size of a blob', [
    ['tsreg blob head localhost:5000/app@sha256:...', 'Fails with exit code 3 when it is not there'],
  ]).argument(...blobArgument)
  return withJson(withRemote(command)).action(async (text: string, flags: JsonFlag & RemoteFlags) => {
    await using session = await openSession(invocation, flags)
    const { repository, digest } = await locate(session, text)
    const { size } = await repository.resolveBlob(digest, { signal: invocation.signal })
    if (flags.json) return printJson(invocation.stdout, { digest, size })
    await print(invocation.stdout, `Digest:  ${digest}\nSize:    ${size}\n`)
  })
}

function put(invocation: Invocation): Command {
  const command = verb('put', 'Push a file as a blob and print its digest', [
    ['tsreg blob put localhost:5000/app layer.tar.gz', 'From a file'],
    ['tar -c . | tsreg blob put localhost:5000/app -', 'From standard input'],
  ])
    .argument('<repository>', 'Repository; with @DIGEST the content must be of that digest')
    .argument('[file]', 'File, or - for standard input', '-')
  return withJson(withRemote(command)).action(async (text: string, file: string, flags: JsonFlag & RemoteFlags) => {
    const { signal, stdout } = invocation
    await using session = await openSession(invocation, flags)
    const { registry: host, repository: name, digest: expected } = session.reference(text)
    const repository = (await session.registry(host)).repository(name)
    const descriptor = await withFile(file, invocation, async (path) => {
      const described = await describeFile(path, expected, signal)
      await repository.push(described, async ({ offset = 0 }) => createReadStream(path, { start: offset }), { signal })
      return described
    })
    if (flags.json)
      return printJson(stdout, { repository: `${host}/${name}`, digest: descriptor.digest, size: descriptor.size })
    await print(stdout, `${formatReference({ registry: host, repository: name, digest: descriptor.digest })}\n`)
  })
}

function remove(invocation: Invocation): Command {
  const command = verb('delete', 'Take a blob out of a repository', [
    ['tsreg blob delete localhost:5000/app@sha256:...', 'Refused while a manifest of the repository names it'],
  ]).argument(...blobArgument)
  return withJson(withRemote(command)).action(async (text: string, flags: JsonFlag & RemoteFlags) => {
    const { signal, stdout } = invocation
    await using session = await openSession(invocation, flags)
    const { repository, digest, reference } = await locate(session, text)
    await repository.delete({ mediaType: 'application/octet-stream', digest, size: 0 }, { signal })
    const name = formatReference(reference)
    if (flags.json) return printJson(stdout, { deleted: [name] })
    await print(stdout, `Deleted: ${name}\n`)
  })
}

interface Located {
  readonly repository: RemoteRepository
  readonly digest: Digest
  readonly reference: Reference
}

async function locate(session: Session, text: string): Promise<Located> {
  const { registry, repository: name, digest } = session.reference(text)
  if (digest === undefined) {
    throw new CliError('USAGE', `expected REPOSITORY@DIGEST, got ${JSON.stringify(text)}`, {
      advice: 'A manifest lists the digests of its blobs: "tsreg manifest get".',
    })
  }
  const repository = (await session.registry(registry)).repository(name)
  return { repository, digest, reference: { registry, repository: name, digest } }
}

/** Gives the path of a file that can be read twice: standard input is kept in a temporary one. */
async function withFile<T>(file: string, invocation: Invocation, work: (path: string) => Promise<T>): Promise<T> {
  if (file !== '-') return work(file)
  const directory = await mkdtemp(join(tmpdir(), 'tsreg-blob-'))
  try {
    const path = join(directory, 'content')
    await pipeline(openInput(file, invocation), createWriteStream(path), { signal: invocation.signal })
    return await work(path)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function describeFile(path: string, expected: Digest | undefined, signal: AbortSignal): Promise<Descriptor> {
  const digester = new Digester()
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) digester.update(chunk)
  const digest = digester.digest()
  if (expected !== undefined && expected !== digest) {
    throw new CliError('DIGEST_MISMATCH', `the content has the digest ${digest}, not ${expected}`)
  }
  return { mediaType: 'application/octet-stream', digest, size: digester.size }
}
