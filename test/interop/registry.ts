/**
 * The registry's side of the comparison, by raw HTTP: what a tag names, whether all of it is there, lists and deletes.
 * @module
 */

import { createHash } from 'node:crypto'
import type { Descriptor } from '../bases/layout.ts'
import type { Credentials } from '../harness/htpasswd.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { Server } from '../harness/server.ts'

export interface RegistryView {
  /** The digest a tag names; undefined when it names nothing. */
  digestOf(repository: string, reference: string): Promise<string | undefined>
  /** Everything reachable from a tag; manifests are hashed, blobs must be there with their size. */
  contentOf(repository: string, reference: string): Promise<RemoteContent>
  tagsOf(repository: string): Promise<readonly string[]>
  /** By digest, as clients do that delete. */
  deleteManifest(repository: string, digest: string): Promise<void>
}

export interface RemoteContent {
  readonly digest: string
  /** All digests, sorted. */
  readonly digests: readonly string[]
  /** Digests of the configs, in order. */
  readonly configs: readonly string[]
}

export function viewRegistry(server: Server, credentials?: Credentials): RegistryView {
  const headers = { accept: manifestTypes.join(', '), ...authorization(credentials) }
  const request = (method: string, path: string) => fetch(`${server.url}/v2/${path}`, { method, headers })

  const contentOf = async (repository: string, reference: string): Promise<RemoteContent> => {
    const response = await request('GET', `${repository}/manifests/${reference}`)
    assertEqual(response.status, 200, `the status of GET manifest ${repository}:${reference}`)
    const bytes = Buffer.from(await response.arrayBuffer())
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    assertEqual(
      response.headers.get('docker-content-digest'),
      digest,
      `Docker-Content-Digest of ${repository}:${reference}`,
    )
    const manifest: Manifest = JSON.parse(bytes.toString())
    const blobs = [manifest.config, ...(manifest.layers ?? [])].filter((blob) => blob !== undefined)
    for (const blob of blobs) {
      const { status, headers } = await request('HEAD', `${repository}/blobs/${blob.digest}`)
      assertEqual(status, 200, `the status of HEAD blob ${blob.digest}`)
      assertEqual(headers.get('content-length'), String(blob.size), `the size of blob ${blob.digest}`)
    }
    const children: RemoteContent[] = []
    for (const child of manifest.manifests ?? []) children.push(await contentOf(repository, child.digest))
    const digests = [digest, ...blobs.map((blob) => blob.digest), ...children.flatMap((child) => child.digests)]
    const own = manifest.config === undefined ? [] : [manifest.config.digest]
    const configs = [...own, ...children.flatMap((child) => child.configs)]
    return { digest, digests: [...new Set(digests)].toSorted(), configs }
  }

  return {
    async digestOf(repository, reference) {
      const { status, headers } = await request('HEAD', `${repository}/manifests/${reference}`)
      assertThat(status === 200 || status === 404, `HEAD manifest ${repository}:${reference} answered ${status}`)
      return status === 404 ? undefined : (headers.get('docker-content-digest') ?? undefined)
    },
    contentOf,
    async tagsOf(repository) {
      const response = await request('GET', `${repository}/tags/list`)
      const body = (await response.json()) as { tags?: readonly string[] | null }
      return body.tags ?? []
    },
    async deleteManifest(repository, digest) {
      const { status } = await request('DELETE', `${repository}/manifests/${digest}`)
      assertEqual(status, 202, `the status of DELETE manifest ${repository}@${digest}`)
    },
  }
}

interface Manifest {
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
}

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

function authorization(credentials?: Credentials): { readonly authorization?: string } {
  if (credentials === undefined) return {}
  const { username, password } = credentials
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}
