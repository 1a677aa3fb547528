/**
 * What the client verbs share while they run: the settings, the registries they speak to, and the local images. Opened
 * when first asked for, closed at the end.
 * @module
 */
import { join } from 'node:path'
import type { Notice, RegistryOptions, RemoteRegistry } from '@tsreg/client'
import type { Layout } from '@tsreg/image'
import type { Snapshotter } from '@tsreg/image/snapshot'
import { familiarReference, type Reference } from '@tsreg/oci'
import { type ClientConfig, loadClientConfig } from './config.ts'
import { humanDuration } from './human.ts'
import type { Invocation } from './invocation.ts'
import { printable } from './output/printable.ts'
import { readImageReference, readRepository } from './reference.ts'
import type { RemoteFlags } from './verb.ts'

export interface Session extends AsyncDisposable {
  readonly config: ClientConfig
  /** How names that name no registry are read. */
  readonly referenceOptions: { readonly defaultRegistry: string }
  /** A reference as typed, with tag `latest` where it has neither tag nor digest. @throws CliError REFERENCE_INVALID */
  reference(text: string): Reference
  /** A repository as typed. @throws CliError REFERENCE_INVALID */
  repositoryName(text: string): Reference
  /** The shortest text that means the reference. */
  show(reference: Reference): string
  /** The registry of a host; the same one each time. */
  registry(host: string): Promise<RemoteRegistry>
  /** How a registry is spoken to, by the flags and the settings. */
  registryOptions(host: string): RegistryOptions
  /** The local images. The directory is made when something is written. */
  images(): Promise<Layout>
  /** The unpacked layers, and the writable ones of containers. The directory is made. */
  snapshots(): Promise<Snapshotter>
}

export async function openSession(invocation: Invocation, flags: RemoteFlags = {}): Promise<Session> {
  const config = await loadClientConfig(invocation)
  const options = { defaultRegistry: config.registry }
  const registries = new Map<string, Promise<RemoteRegistry>>()
  const registryOptions = (host: string) => optionsFor(host, config, flags, invocation)
  let images: Promise<Layout> | undefined
  let snapshots: Promise<Snapshotter> | undefined
  return {
    config,
    referenceOptions: options,
    reference: (text) => readImageReference(text, options),
    repositoryName: (text) => readRepository(text, options),
    show: (reference) => familiarReference(reference, options),
    registryOptions,
    registry(host) {
      const known = registries.get(host) ?? connect(host, registryOptions(host), invocation)
      registries.set(host, known)
      return known
    },
    images() {
      images ??= openImages(config)
      return images
    },
    snapshots() {
      snapshots ??= openSnapshots(config)
      return snapshots
    },
    async [Symbol.asyncDispose]() {
      for (const registry of await Promise.allSettled(registries.values())) {
        if (registry.status === 'fulfilled') await registry.value.close()
      }
    },
  }
}

async function connect(host: string, options: RegistryOptions, { env }: Invocation): Promise<RemoteRegistry> {
  const { dockerCredentials, openRegistry } = await import('@tsreg/client')
  return openRegistry(host, { ...options, credentials: dockerCredentials({ environment: { ...env } }) })
}

function optionsFor(host: string, config: ClientConfig, flags: RemoteFlags, { stderr }: Invocation): RegistryOptions {
  const plainHttp = flags.plainHttp === true || config.plainHttp.includes(host)
  const insecure = flags.insecure === true || config.insecure.includes(host)
  return {
    ...(plainHttp ? { plainHttp } : {}),
    ...(insecure ? { tls: { insecureSkipVerify: true } } : {}),
    onNotice: (notice) => {
      const text = noticeText(notice)
      if (text !== undefined) stderr.write(`${printable(text)}\n`)
    },
  }
}

async function openImages({ home }: ClientConfig): Promise<Layout> {
  const { openImageStore } = await import('@tsreg/image')
  return openImageStore(join(home, 'images'))
}

async function openSnapshots({ home }: ClientConfig): Promise<Snapshotter> {
  const { openSnapshotter } = await import('@tsreg/image/snapshot')
  return openSnapshotter(snapshotsIn(home))
}

/** Where the snapshots of a client lie. */
export function snapshotsIn(home: string): string {
  return join(home, 'snapshots')
}

/** What of a notice a person wants to read. A short pause before the next attempt is nobody's business. */
export function noticeText(notice: Notice): string | undefined {
  switch (notice.kind) {
    case 'retry':
      return notice.delayMs < 1000
        ? undefined
        : `${notice.host}: ${notice.why}; trying again in ${humanDuration(notice.delayMs / 1000)}`
    case 'resume':
      return undefined
    case 'warning':
      return `Warning from ${notice.host}: ${notice.text}`
    case 'credentials':
      return `Warning: the credentials for ${notice.host} cannot be read, going on without: ${notice.error.message}`
  }
}
