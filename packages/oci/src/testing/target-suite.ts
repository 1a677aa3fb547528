/**
 * The contract of {@link Target}: each store runs it, whatever is behind it. Abilities that a store has beyond it
 * (deleting, listing tags, listing referrers) are tested where the type test finds them.
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isDeleter, isReferrerLister, isTagLister, type Target } from '../content/store.ts'
import { readAll } from '../content/verify.ts'
import { type Descriptor, descriptorOf, emptyDescriptor } from '../descriptor.ts'
import { type Digest, digestOf } from '../digest.ts'
import { mediaTypes } from '../media-types.ts'

/** A fresh, empty target, and how to take it down. */
export interface TargetFixture {
  readonly target: Target
  readonly close?: () => Promise<void>
}

interface Content {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** Declares the suite. The factory is called once per test. */
export function describeTarget(name: string, factory: () => Promise<TargetFixture>): void {
  describe(`${name} as a target`, () => {
    let fixture: TargetFixture
    let target: Target
    beforeEach(async () => {
      fixture = await factory()
      target = fixture.target
    })
    afterEach(async () => {
      await fixture.close?.()
    })
    const current = (): Target => target
    testPushAndFetch(current)
    testWrongContent(current)
    testManifestsAndTags(current)
    testAbilities(current)
  })
}

function testPushAndFetch(target: () => Target): void {
  test.each([0, 1, 65_535, 65_536, 300_001])('a pushed blob of %i bytes is fetched byte for byte', async (size) => {
    const blob = blobOf(size)
    await push(target(), blob)
    expect(await target().exists(blob.descriptor)).toBe(true)
    expect(digestOf(await fetchAll(target(), blob.descriptor))).toBe(blob.descriptor.digest)
  })

  test('chunks of one byte make the same blob', async () => {
    const blob = blobOf(300)
    await push(target(), blob, 1)
    expect(Buffer.compare(await fetchAll(target(), blob.descriptor), blob.bytes)).toBe(0)
  })

  test.each([1, 99_999, 100_000])('a fetch from offset %i gives the rest', async (offset) => {
    const blob = blobOf(100_000)
    await push(target(), blob)
    const rest = await readAll(await target().fetch(blob.descriptor, { offset }), 100_000)
    expect(Buffer.compare(rest, blob.bytes.subarray(offset))).toBe(0)
  })

  test('a blob that is there already is pushed again with success', async () => {
    const blob = blobOf(1000)
    await push(target(), blob)
    await push(target(), blob)
    expect(await fetchAll(target(), blob.descriptor)).toHaveLength(1000)
  })

  test('the same blob pushed by eight at once is there', async () => {
    const blob = blobOf(200_000)
    await Promise.all(Array.from({ length: 8 }, () => push(target(), blob, 10_000)))
    expect(digestOf(await fetchAll(target(), blob.descriptor))).toBe(blob.descriptor.digest)
  })

  test('a blob that was never pushed does not exist and cannot be fetched', async () => {
    const { descriptor } = blobOf(10)
    expect(await target().exists(descriptor)).toBe(false)
    await expect(fetchAll(target(), descriptor)).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' })
  })

  test('an aborted signal ends a push, and leaves nothing', async () => {
    const blob = blobOf(1000)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(target().push(blob.descriptor, async () => chunked(blob.bytes, 100), { signal })).rejects.toBeDefined()
    expect(await target().exists(blob.descriptor)).toBe(false)
  })
}

function testWrongContent(target: () => Target): void {
  const blob = blobOf(10_000)
  const cases: readonly [string, Uint8Array, RegExp][] = [
    ['other bytes of the same size', blobOf(10_000, 7).bytes, /^DIGEST_INVALID$/],
    ['fewer bytes', blob.bytes.subarray(0, 9_999), /^(SIZE|DIGEST)_INVALID$/],
    ['no bytes', new Uint8Array(), /^(SIZE|DIGEST)_INVALID$/],
    ['more bytes', Buffer.concat([blob.bytes, Buffer.from('!')]), /^(SIZE|DIGEST)_INVALID$/],
  ]
  test.each(cases)('a push of %s is refused and leaves no blob', async (_what, bytes, code) => {
    await expect(target().push(blob.descriptor, async () => chunked(bytes, 1_000))).rejects.toMatchObject({
      code: expect.stringMatching(code),
    })
    expect(await target().exists(blob.descriptor)).toBe(false)
  })

  test('content that fails half-way leaves no blob, and the next push succeeds', async () => {
    async function* broken() {
      yield blob.bytes.subarray(0, 5_000)
      throw new Error('the wire was cut')
    }
    await expect(target().push(blob.descriptor, async () => broken())).rejects.toBeDefined()
    expect(await target().exists(blob.descriptor)).toBe(false)
    await push(target(), blob)
    expect(await target().exists(blob.descriptor)).toBe(true)
  })
}

function testManifestsAndTags(target: () => Target): void {
  test('a tag and the digest resolve to the manifest', async () => {
    const manifest = await pushManifest(target(), 'one')
    await target().tag(manifest.descriptor, 'v1')
    for (const reference of ['v1', manifest.descriptor.digest]) {
      expect(await target().resolve(reference)).toMatchObject({
        mediaType: mediaTypes.ociManifest,
        digest: manifest.descriptor.digest,
        size: manifest.bytes.byteLength,
      })
    }
    expect(await target().exists(manifest.descriptor)).toBe(true)
    expect(Buffer.compare(await fetchAll(target(), manifest.descriptor), manifest.bytes)).toBe(0)
  })

  test('a tag moves to another manifest', async () => {
    const one = await pushManifest(target(), 'one')
    const two = await pushManifest(target(), 'two')
    await target().tag(one.descriptor, 'latest')
    await target().tag(two.descriptor, 'latest')
    expect((await target().resolve('latest')).digest).toBe(two.descriptor.digest)
    expect((await target().resolve(one.descriptor.digest)).digest).toBe(one.descriptor.digest)
  })

  test.each(['absent', digestOf('absent')])('resolving %s that is not there is MANIFEST_UNKNOWN', async (reference) => {
    await pushManifest(target(), 'one')
    await expect(target().resolve(reference)).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
  })

  test('a manifest that is not there cannot be tagged', async () => {
    const { descriptor } = manifestOf('never pushed')
    await expect(target().tag(descriptor, 'v1')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
    await expect(target().resolve('v1')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
  })

  test('a manifest that was never pushed does not exist and cannot be fetched', async () => {
    const { descriptor } = manifestOf('never pushed')
    expect(await target().exists(descriptor)).toBe(false)
    await expect(fetchAll(target(), descriptor)).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
  })
}

function testAbilities(target: () => Target): void {
  test('tags are listed once each, where the store lists tags', async () => {
    const store = target()
    if (!isTagLister(store)) return
    const { descriptor } = await pushManifest(store, 'one')
    for (const tag of ['b', 'a', 'c', 'a']) await store.tag(descriptor, tag)
    expect((await collect(store.tags())).sort()).toEqual(['a', 'b', 'c'])
  })

  test('a deleted manifest is gone with its tags, where the store deletes', async () => {
    const store = target()
    if (!isDeleter(store)) return
    const one = await pushManifest(store, 'one')
    const two = await pushManifest(store, 'two')
    await store.tag(one.descriptor, 'v1')
    await store.tag(two.descriptor, 'v2')
    await store.delete(one.descriptor)
    await expect(store.resolve('v1')).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
    expect(await store.exists(one.descriptor)).toBe(false)
    expect((await store.resolve('v2')).digest).toBe(two.descriptor.digest)
    if (isTagLister(store)) expect(await collect(store.tags())).toEqual(['v2'])
  })

  test('what is not there cannot be deleted, where the store deletes', async () => {
    const store = target()
    if (!isDeleter(store)) return
    await expect(store.delete(manifestOf('never pushed').descriptor)).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
    })
  })

  test('referrers of a subject are listed, also by type, where the store lists referrers', async () => {
    const store = target()
    if (!isReferrerLister(store)) return
    const subject = await pushManifest(store, 'subject')
    const signature = await pushManifest(store, 'signature', { subject: subject.descriptor, artifactType: 'test/sig' })
    const sbom = await pushManifest(store, 'sbom', { subject: subject.descriptor, artifactType: 'test/sbom' })
    const digestsOf = async (digest: Digest, artifactType?: string) => {
      const options = artifactType === undefined ? {} : { artifactType }
      return (await collect(store.referrers(digest, options))).map((referrer) => referrer.digest).sort()
    }
    const both = [signature.descriptor.digest, sbom.descriptor.digest].sort()
    expect(await digestsOf(subject.descriptor.digest)).toEqual(both)
    expect(await digestsOf(subject.descriptor.digest, 'test/sbom')).toEqual([sbom.descriptor.digest])
    expect(await digestsOf(sbom.descriptor.digest)).toEqual([])
  })
}

function blobOf(size: number, seed = 1): Content {
  // A linear congruential generator: no two places of the blob look alike, and no file is needed.
  const bytes = new Uint8Array(size)
  let state = seed
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = state >>> 16
  }
  return { bytes, descriptor: descriptorOf('application/octet-stream', bytes) }
}

function manifestOf(name: string, fields: Readonly<Record<string, unknown>> = {}): Content {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: emptyDescriptor,
    layers: [emptyDescriptor],
    annotations: { name },
    artifactType: 'test/artifact',
    ...fields,
  }
  const bytes = Buffer.from(JSON.stringify(document))
  return { bytes, descriptor: descriptorOf(mediaTypes.ociManifest, bytes) }
}

async function pushManifest(
  target: Target,
  name: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Content> {
  await push(target, { descriptor: emptyDescriptor, bytes: Buffer.from('{}') })
  const manifest = manifestOf(name, fields)
  await push(target, manifest)
  return manifest
}

async function push(target: Target, { descriptor, bytes }: Content, chunkBytes = 64 * 1024): Promise<void> {
  await target.push(descriptor, async ({ offset = 0 }) => chunked(bytes.subarray(offset), chunkBytes))
}

async function* chunked(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function fetchAll(target: Target, descriptor: Descriptor): Promise<Uint8Array> {
  return readAll(await target.fetch(descriptor), descriptor.size)
}
