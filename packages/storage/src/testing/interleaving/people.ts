/**
 * Who takes part in the plays: clients that upload, mount, push and delete on a replica of their own, the janitor and the
 * collector.
 * @module
 */
import { type Digest, digestOf, isOciError } from '@tsreg/oci'
import type { Content } from '@tsreg/testkit'
import type { GarbageOptions } from '../../garbage-collect/index.ts'
import type { RegistryStorage, Repository } from '../../repository.ts'
import { content } from '../repository-fixtures.ts'

/** What a process is to the oracle, see `oracle.ts`. */
export type Part =
  | { readonly part: 'client' }
  /** Its success acknowledges a blob. */
  | { readonly part: 'uploader'; readonly repository: string; readonly digest: Digest }
  /** Its success acknowledges a manifest. */
  | {
      readonly part: 'pusher'
      readonly repository: string
      readonly digest: Digest
      readonly tag: string | undefined
    }
  /** Deletes what its user named: a tag, a link. */
  | { readonly part: 'deleter' }
  /** Deletes a manifest, and clears up its tags. */
  | { readonly part: 'manifest deleter' }
  /** Deletes everything of a repository. */
  | { readonly part: 'repository deleter' }
  | { readonly part: 'collector' }

export type Person = Part & {
  readonly name: string
  readonly act: (storage: RegistryStorage) => Promise<unknown>
  /** What its client does when the replica died. @default nothing */
  readonly again?: (storage: RegistryStorage) => Promise<unknown>
  /** Blobs of at most so many bytes are inline on its replica. @default that of the play */
  readonly inlineBytes?: number
}

/** A session that is there before the play begins. */
export interface GivenSession {
  readonly id: string
}

export function uploader(bytes: Uint8Array, repository: string, more: Partial<Person> = {}): Person {
  const digest = digestOf(bytes)
  let id: string | undefined
  return {
    name: `upload ${nameOf(bytes)}`,
    part: 'uploader',
    repository,
    digest,
    async act(storage) {
      const upload = await storage.repository(repository).uploads.create()
      id = upload.id
      await upload.commit(digest, { content: content(bytes) })
    },
    // A client that never learned the id of its session begins a new one.
    again: async (storage) => {
      if (id === undefined) await uploader(bytes, repository).act(storage)
      else await commitAgain(storage.repository(repository), id, bytes)
    },
    ...more,
  } as Person
}

/** The closing request of a session that is there, on any replica, with all its bytes. */
export function finalizer(session: GivenSession, bytes: Uint8Array, repository: string): Person {
  const act = (storage: RegistryStorage) => commitAgain(storage.repository(repository), session.id, bytes)
  return {
    name: `commit ${nameOf(bytes)}`,
    part: 'uploader',
    repository,
    digest: digestOf(bytes),
    act,
    again: act,
  }
}

/** A session that is gone may have been finished: then the blob is there. */
async function commitAgain({ uploads, blobs }: Repository, id: string, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes)
  try {
    const upload = await uploads.resume(id)
    const start = upload.offset
    await upload.commit(digest, { content: content(bytes.subarray(start)), start })
  } catch (error) {
    if (!isOciError(error, 'BLOB_UPLOAD_UNKNOWN')) throw error
    await blobs.stat(digest)
  }
}

/** POST ?digest= */
export function oneRequest(bytes: Uint8Array, repository: string, more: Partial<Person> = {}): Person {
  const digest = digestOf(bytes)
  const act = (storage: RegistryStorage) => storage.repository(repository).uploads.put(digest, content(bytes))
  return {
    name: `upload ${nameOf(bytes)} at once`,
    part: 'uploader',
    repository,
    digest,
    act,
    again: act,
    ...more,
  } as Person
}

/** PATCHes the bytes in pieces, then closes without a body. */
export function patcher(session: GivenSession, bytes: Uint8Array, repository: string, pieces = 2): Person {
  const digest = digestOf(bytes)
  const act = async (storage: RegistryStorage) => {
    const { uploads } = storage.repository(repository)
    const size = Math.ceil(bytes.byteLength / pieces)
    for (let at = 0; at < bytes.byteLength; at += size) {
      const upload = await uploads.resume(session.id)
      await upload.append(content(bytes.subarray(at, at + size)), { start: at })
    }
    await (await uploads.resume(session.id)).commit(digest)
  }
  return { name: `patch ${nameOf(bytes)}`, part: 'uploader', repository, digest, act }
}

export function canceller(session: GivenSession, repository: string): Person {
  return {
    name: 'cancel',
    part: 'client',
    act: async (storage) => (await storage.repository(repository).uploads.resume(session.id)).cancel(),
  }
}

export function mounter(bytes: Uint8Array, from: string, repository: string): Person {
  const act = (storage: RegistryStorage) => storage.repository(repository).blobs.mount(digestOf(bytes), from)
  return { name: `mount ${nameOf(bytes)}`, part: 'client', act, again: act }
}

export interface PushOptions {
  readonly repository: string
  readonly tag?: string
  readonly ifMatch?: readonly string[]
  readonly ifNoneMatch?: readonly string[]
}

export function pusher({ bytes, descriptor }: Content, options: PushOptions): Person {
  const { repository, tag, ...condition } = options
  const { digest, mediaType } = descriptor
  const act = (storage: RegistryStorage) =>
    storage
      .repository(repository)
      .manifests.put({ mediaType, bytes, tags: tag === undefined ? [] : [tag], ...condition })
  const name = `push ${digest.slice(7, 11)}${tag === undefined ? '' : ` as ${tag}`}`
  return { name, part: 'pusher', repository, digest, tag, act, again: act }
}

export function tagDeleter(tag: string, repository: string): Person {
  return {
    name: `delete tag ${tag}`,
    part: 'deleter',
    act: (storage) => storage.repository(repository).tags.delete(tag),
  }
}

export function blobDeleter(bytes: Uint8Array, repository: string): Person {
  return {
    name: `delete ${nameOf(bytes)}`,
    part: 'deleter',
    act: (storage) => storage.repository(repository).blobs.delete(digestOf(bytes), { force: true }),
  }
}

export function manifestDeleter({ descriptor: { digest } }: Content, repository: string): Person {
  const act = (storage: RegistryStorage) => storage.repository(repository).manifests.delete(digest)
  return { name: `delete ${digest.slice(7, 11)}`, part: 'manifest deleter', act, again: act }
}

export function repositoryDeleter(repository: string): Person {
  const act = (storage: RegistryStorage) => storage.repository(repository).delete()
  return { name: `delete repository ${repository}`, part: 'repository deleter', act, again: act }
}

/** One run, without grace, and without respect for others that collect. */
export function collector(name = 'collect', options: GarbageOptions = {}): Person {
  return {
    name,
    part: 'collector',
    act: (storage) => storage.collectGarbage({ graceMs: 0, ignoreLease: true, ...options }),
  }
}

/** Two runs: the second deletes the bytes of what the first took out of use. */
export function collectorTwice(options: GarbageOptions = {}): Person {
  const once = collector('collect twice', options)
  return {
    ...once,
    async act(storage) {
      await once.act(storage)
      await once.act(storage)
    },
  }
}

/** Untagged manifests go as well. */
export const untagged: GarbageOptions = { untaggedOlderThanMs: 0 }

export function janitor(name = 'janitor'): Person {
  return { name, part: 'client', act: (storage) => storage.discardStaleUploads({ ageMs: -1000 }) }
}

function nameOf(bytes: Uint8Array): string {
  return digestOf(bytes).slice(7, 11)
}
