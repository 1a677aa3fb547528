import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Digest } from '@tsreg/oci'
import { openStorage, type RegistryStorage } from '@tsreg/storage'
import { directoryBucket } from '@tsreg/storage/bucket'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { checkSettings } from '../config/index.ts'
import { pushBlob, pushImage, type TestRegistry, testRegistry } from '../testing/test-registry.ts'
import { handOver } from './control-client.ts'
import { controlPath } from './control-path.ts'
import { maintain } from './maintain.ts'
import type { MaintenanceEvent, MaintenanceRequest } from './request.ts'

let directory: TempDir
let registry: TestRegistry | undefined
beforeEach(async () => {
  directory = await tempDir('tsreg-control-')
})
afterEach(async () => {
  await registry?.close()
  registry = undefined
  await directory[Symbol.asyncDispose]()
})

const fsckRequest: MaintenanceRequest = { protocol: 1, verb: 'fsck', deep: true, repair: false }

async function serve(path: string, change: (storage: RegistryStorage) => Partial<RegistryStorage> = () => ({})) {
  const storage = await openStorage(await directoryBucket(path), { cacheTtlMs: 0 })
  registry = await testRegistry({}, { storage: { ...storage, ...change(storage) } })
  return registry
}

/** What the command does, with what it is told. */
async function run(request: MaintenanceRequest, path = directory.path) {
  const events: MaintenanceEvent[] = []
  const owners: string[] = []
  const result = await maintain(checkSettings({ storage: `file:${path}` }), request, {
    onEvent: (event) => void events.push(event),
    onWarning: () => {},
    onHandOver: (owner) => void owners.push(owner),
  })
  return { result, events, owners }
}

/** The lines that come back for one line sent as it is. */
async function ask(line: string): Promise<string> {
  const socket = connect(directory.join('control.sock'))
  await once(socket, 'connect')
  socket.write(line)
  return await text(socket).catch((error: Error) => error.message)
}

describe('the socket of a running registry', () => {
  test('takes gc, fsck and questions, and tells of the work as it goes', async () => {
    const serving = await serve(directory.path)
    const digest = await pushImage(serving, 'app', 'v1')
    const blob = await pushBlob(serving, 'app', 'nothing names this')
    const checked = await run(fsckRequest)
    expect(checked.owners).toEqual([directory.path])
    expect(checked.result).toMatchObject({ verb: 'fsck', report: { damage: 0, deep: true, checked: { tags: 1 } } })
    expect(checked.events).toContainEqual({ progress: expect.objectContaining({ phase: 'references' }) })

    const asked = await run({ protocol: 1, verb: 'explain', digest: blob as Digest, graceMs: 0 })
    expect(asked.result).toMatchObject({ explanation: { cells: [{ what: 'blob', verdict: 'goes' }, {}] } })

    const policy = { rules: [{ olderThanMs: 1 }] }
    const planned = await run({ protocol: 1, verb: 'gc', dryRun: true, graceMs: 0, policy })
    expect(planned.events).toContainEqual({
      decision: expect.objectContaining({ repository: 'app', tag: 'v1', digest, keep: false, why: 'old' }),
    })
    expect(planned.result).toMatchObject({ report: { dryRun: true }, retention: { kept: 0, givenUp: 1 } })

    const collected = await run({ protocol: 1, verb: 'gc', dryRun: false, graceMs: 0 })
    expect(collected.events).toContainEqual({ finding: expect.objectContaining({ what: 'blob', digest: blob }) })
    expect(collected.result).toMatchObject({ verb: 'gc', report: { outcome: 'done', blobs: { removed: 1 } } })
    expect((await serving.ask('GET', '/v2/app/manifests/v1')).status).toBe(200)
  })

  test('is for its own user only, and goes with the registry; then the command works itself', async () => {
    await pushImage(await serve(directory.path), 'app', 'v1')
    expect((await stat(directory.join('control.sock'))).mode & 0o777).toBe(0o600)
    await registry?.close()
    registry = undefined
    await expect(stat(directory.join('control.sock'))).rejects.toThrow('ENOENT')
    const { owners, result } = await run(fsckRequest)
    expect([owners, result]).toMatchObject([[], { report: { checked: { tags: 1 } } }])
  })

  test('is reached in a directory whose path is too long for the address of a socket', async () => {
    const path = join(directory.path, 'd'.repeat(100), 'e'.repeat(100))
    await mkdir(path, { recursive: true })
    await serve(path)
    expect((await run(fsckRequest, path)).owners).toEqual([path])
    using short = controlPath(directory.path)
    expect(short.path).toBe(directory.join('control.sock'))
  })

  test.each([
    ['not JSON', 'hello\n', /is not valid JSON/],
    [
      'another version',
      '{"protocol":99,"verb":"fsck","deep":false,"repair":false}\n',
      /version 1 .* command 99; use the same/,
    ],
    ['an unknown verb', '{"protocol":1,"verb":"format"}\n', /"error"/],
    ['a verb with more than it takes', '{"protocol":1,"verb":"fsck","deep":false,"repair":false,"x":1}\n', /"error"/],
    ['null', 'null\n', /"error"/],
    ['more than it reads', 'x'.repeat(2_000_000), /more than 1048576 characters|^$|ECONNRESET|EPIPE/],
  ])('answers %s with an error and goes on', async (_what, line, answer) => {
    await serve(directory.path)
    await run(fsckRequest)
    expect(await ask(line)).toMatch(answer)
    expect((await run(fsckRequest)).owners).toEqual([directory.path])
  })

  test('whoever goes away ends the work', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    await serve(directory.path, () => ({ fsck: (options) => hang(options?.signal, begun.resolve) }))
    const controller = new AbortController()
    const working = handOver(directory.path, fsckRequest, { onEvent: () => {}, signal: controller.signal })
    const signal = await begun.promise
    controller.abort(new Error('Ctrl-C'))
    await expect(working).rejects.toThrow('Ctrl-C')
    if (!signal.aborted) await once(signal, 'abort')
    expect(signal.aborted).toBe(true)
  })

  test('a registry that stops ends the work and says so', async () => {
    const begun = Promise.withResolvers<AbortSignal>()
    await serve(directory.path, () => ({ fsck: (options) => hang(options?.signal, begun.resolve) }))
    const working = handOver(directory.path, fsckRequest, { onEvent: () => {} })
    const failure = expect(working).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/shutting down/),
    })
    await begun.promise
    await registry?.close()
    await failure
    registry = undefined
  })

  test('what the work fails with comes back with its code', async () => {
    const broken = new Error('the disk is on fire')
    await serve(directory.path, () => ({ fsck: () => Promise.reject(broken) }))
    await expect(run(fsckRequest)).rejects.toMatchObject({ code: 'UNKNOWN', message: 'the disk is on fire' })
  })
})

describe('without a socket', () => {
  test('an owner that takes no work is UNAVAILABLE, with what to do', async () => {
    const bucket = await directoryBucket(directory.path)
    const asked = handOver(directory.path, fsckRequest, { onEvent: () => {}, patienceMs: 0 })
    await expect(asked).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      detail: { directory: directory.path, reason: 'no-socket' },
      message: expect.stringMatching(/takes no work from others; stop it/),
    })
    await bucket.close()
  })

  test('a place without a store is refused, and stays as it is', async () => {
    for (const path of [directory.path, directory.join('absent')]) {
      await expect(run(fsckRequest, path)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/no store at/),
      })
    }
    await expect(stat(directory.join('absent'))).rejects.toThrow('ENOENT')
    await expect(stat(directory.join('store.json'))).rejects.toThrow('ENOENT')
    const config = checkSettings({ storage: 'memory:' })
    const inMemory = maintain(config, fsckRequest, { onEvent: () => {}, onWarning: () => {} })
    await expect(inMemory).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

/** Work that ends when it is aborted, and no sooner. */
function hang(signal: AbortSignal | undefined, begun: (signal: AbortSignal) => void): Promise<never> {
  if (signal === undefined) throw new Error('it must be possible to end it')
  begun(signal)
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
