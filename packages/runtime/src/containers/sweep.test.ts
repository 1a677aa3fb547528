import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { claim, claimPath } from '../claims/claim.ts'
import { fakeSnapshotter } from '../testing/fake-snapshotter.ts'
import { putRecord, recordOf } from '../testing/records.ts'
import { ownerOf, reserveName } from './names.ts'
import { identifyProcess } from './process-identity.ts'
import type { RuntimeContext } from './runtime-context.ts'
import { readState, writeStarted } from './state.ts'
import { sweep } from './sweep.ts'

let directory: TempDir
let context: RuntimeContext
const id = 'abcd'.repeat(16)
const path = (...names: readonly string[]) => join(context.directory, ...names)
beforeEach(async () => {
  directory = await tempDir()
  await mkdir(directory.join('root'))
  const snapshotter = fakeSnapshotter(directory.join('snapshots'), directory.join('root'))
  context = { directory: directory.join('containers'), snapshotter, reaper: [] }
})
afterEach(async () => {
  await directory[Symbol.asyncDispose]()
})

/** A container whose command was killed: its claim is there, and nobody holds it. */
async function makeLeft({
  autoRemove,
  runs,
}: {
  readonly autoRemove: boolean
  readonly runs?: boolean
}): Promise<void> {
  const record = recordOf(id, { name: 'left' })
  await putRecord(context.directory, { ...record, host: { ...record.host, autoRemove } })
  await reserveName(context.directory, id, 'left')
  await context.snapshotter.create(id, undefined)
  const self = identifyProcess(process.pid)
  if (self === undefined) throw new Error('this process is not there')
  if (runs !== undefined) {
    const found = runs ? self : { ...self, startTicks: 1 }
    await writeStarted(path(id), { process: found, conmon: found, startedAt: '2026-01-01T00:00:00.000Z' })
  }
  const held = await claim(context.directory, id)
  held.leave()
}

const isClaimed = () => existsSync(claimPath(context.directory, id))
const isThere = () => existsSync(path(id))

describe('a sweep', () => {
  test('where there is nothing does nothing', async () => {
    expect(await sweep(context)).toEqual({ removed: [], failed: [] })
  })

  test('takes away a container of --rm that ended while nobody attended to it, whole', async () => {
    await makeLeft({ autoRemove: true, runs: false })
    expect(await sweep(context)).toEqual({ removed: [id], failed: [] })
    expect([isThere(), isClaimed(), await ownerOf(context.directory, 'left')]).toEqual([false, false, undefined])
    expect(await readdir(directory.join('snapshots'))).toEqual([])
  })

  test('takes away what was not made to its end: a claim, a name, a directory without a record', async () => {
    const held = await claim(context.directory, id)
    await reserveName(context.directory, id, 'half')
    mkdirSync(path(id, 'rootfs'), { recursive: true })
    await context.snapshotter.create(id, undefined)
    held.leave()
    expect(await sweep(context)).toEqual({ removed: [id], failed: [] })
    expect([isThere(), isClaimed(), await ownerOf(context.directory, 'half')]).toEqual([false, false, undefined])
    expect(await readdir(directory.join('snapshots'))).toEqual([])
  })

  test('leaves one of --rm that runs, and its claim, which says that it is to go', async () => {
    await makeLeft({ autoRemove: true, runs: true })
    expect(await sweep(context)).toEqual({ removed: [], failed: [] })
    expect([isThere(), isClaimed()]).toEqual([true, true])
  })

  test('leaves one that stays, without the claim', async () => {
    await makeLeft({ autoRemove: false, runs: true })
    expect(await sweep(context)).toEqual({ removed: [], failed: [] })
    expect([isThere(), isClaimed()]).toEqual([true, false])
    expect(await readState(path(id))).toMatchObject({ status: 'running' })
  })

  test('leaves one that somebody attends to', async () => {
    await makeLeft({ autoRemove: true, runs: false })
    using _ = await claim(context.directory, id)
    expect(await sweep(context)).toEqual({ removed: [], failed: [] })
    expect(isThere()).toBe(true)
  })

  test('what cannot be taken away keeps nobody from the rest, and is tried again', async () => {
    await makeLeft({ autoRemove: true, runs: false })
    // As if something were mounted there: what is mounted must not be removed.
    writeFileSync(path(id, 'rootfs', 'something'), '')
    const other = 'ef01'.repeat(16)
    const held = await claim(context.directory, other)
    held.leave()
    const { removed, failed } = await sweep(context)
    expect(removed).toEqual([other])
    expect(failed).toMatchObject([{ id, error: { code: 'ENOTEMPTY' } }])
    expect([isThere(), isClaimed()]).toEqual([true, true])
  })
})
