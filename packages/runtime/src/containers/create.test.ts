import { readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { type TempDir, tempDir } from '@tsreg/testkit'
import { fakeSnapshotter } from '../testing/fake-snapshotter.ts'
import { type CreateOptions, commandOf, createContainer } from './create.ts'
import { reserveName } from './names.ts'
import { readRecord } from './record.ts'
import type { RuntimeContext } from './runtime-context.ts'

describe('what a container runs', () => {
  const image = { Entrypoint: ['/entry', '-x'], Cmd: ['of', 'image'] }
  test.each([
    [image, {}, ['/entry', '-x'], ['of', 'image']],
    [image, { command: ['mine'] }, ['/entry', '-x'], ['mine']],
    [image, { entrypoint: ['/other'] }, ['/other'], []],
    [image, { entrypoint: ['/other'], command: ['a'] }, ['/other'], ['a']],
    [image, { entrypoint: [''], command: ['a'] }, [], ['a']],
    [{ Cmd: ['sh'] }, {}, [], ['sh']],
    [{ Entrypoint: null, Cmd: null }, { command: ['a'] }, [], ['a']],
  ])('%j and %j', (config, options, entrypoint, command) => {
    expect(commandOf(config as typeof image, options)).toEqual({ entrypoint, command })
  })

  test.each([
    [{}, {}],
    [image, { entrypoint: [''] }],
    [{ Entrypoint: [], Cmd: [] }, { command: [] }],
  ])('nothing: %j and %j', (config, options) => {
    expect(() => commandOf(config, options)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})

describe('making a container', () => {
  let directory: TempDir
  let context: RuntimeContext
  beforeEach(async () => {
    directory = await tempDir()
    await mkdir(directory.join('root'))
    const snapshotter = fakeSnapshotter(directory.join('snapshots'), directory.join('root'))
    context = { directory: directory.join('containers'), snapshotter, reaper: [] }
  })
  afterEach(async () => {
    await directory[Symbol.asyncDispose]()
  })
  const image: CreateOptions['image'] = {
    id: digestOf('image'),
    name: 'image:v1',
    config: {
      Cmd: ['app'],
      Env: ['A=1', 'B=2'],
      User: 'web',
      WorkingDir: '/srv',
      Labels: { of: 'image', both: 'image' },
      Volumes: { '/data': {}, 'relative/../dir': {}, '/mine': {} },
      StopSignal: 'SIGINT',
    },
    parent: undefined,
  }

  test('joins what the image says with what the user wants', async () => {
    const mine = { kind: 'tmpfs', source: '', destination: '/mine', readOnly: false, options: [] } as const
    const { record, claim } = await createContainer(context, {
      image,
      env: ['B=3', 'C=4'],
      labels: { both: 'user' },
      mounts: [mine],
    })
    claim.keep()
    expect(record).toMatchObject({
      process: { entrypoint: [], command: ['app'], env: ['A=1', 'B=3', 'C=4'], cwd: '/srv', user: 'web' },
      labels: { of: 'image', both: 'user' },
      stopSignal: 'SIGINT',
      hostname: record.id.slice(0, 12),
    })
    const mounts = record.host.mounts.map(({ kind, destination }) => `${kind} ${destination}`)
    expect(mounts).toEqual(['tmpfs /mine', 'volume /data', 'volume /dir'])
    expect(await readRecord(context.directory, record.id)).toEqual(JSON.parse(JSON.stringify(record)))
  })

  test.each([
    [{ capabilitiesAdded: ['NO_SUCH'] }, 'OPTION_INVALID'],
    [{ stopSignal: 'NOPE' }, 'OPTION_INVALID'],
    [{ entrypoint: [''] }, 'OPTION_INVALID'],
    [{ name: '../out' }, 'OPTION_INVALID'],
    [{ name: 'taken' }, 'CONTAINER_NAME_TAKEN'],
  ])('with %j fails and leaves nothing', async (options, code) => {
    await mkdir(directory.join('containers', 'e'.repeat(64)), { recursive: true })
    await reserveName(context.directory, 'e'.repeat(64), 'taken')
    await expect(createContainer(context, { image, ...options })).rejects.toMatchObject({ code })
    const left = (...names: readonly string[]) => readdirSync(directory.join('containers', ...names))
    expect(left().filter((name) => /^[0-9a-f]{64}$/.test(name))).toEqual(['e'.repeat(64)])
    expect(left('names')).toEqual(['taken'])
    if (left().includes('claims')) expect(left('claims')).toEqual([])
  })
})
