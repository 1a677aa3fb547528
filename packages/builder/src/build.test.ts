import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { listImages, readImage, removeImage } from '@tsreg/image'
import { type TempDir, tempDir } from '@tsreg/testkit'
import type { BuiltImage } from './built-image.ts'
import { type TestBuilder, testBuilder } from './testing/test-build.ts'

let directory: TempDir
let builder: TestBuilder
beforeEach(async () => {
  directory = await tempDir()
  builder = await testBuilder(directory.path, {
    command: (text, upper) => {
      if (text.includes('exit 13')) return 13
      if (!text.includes('true')) writeFileSync(join(upper, 'made'), text)
      return 0
    },
  })
})
afterEach(async () => directory[Symbol.asyncDispose]())

const historyOf = ({ history }: BuiltImage) => history.map((step) => step.created_by)

describe('a build', () => {
  test('makes an image of every step, each the child of the one before', async () => {
    const { image, events } = await builder.build('FROM scratch\nCOPY f /f\nRUN make\nCMD ["x"]\n', { f: 'f' })
    const shown = events.flatMap((event) => (event.kind === 'image' ? [event.imageId] : []))
    expect(shown).toEqual([undefined, ...shown.slice(1, 3), image.imageId])
    const images = new Map((await listImages(builder.images)).map((row) => [row.imageId, row]))
    expect(shown.slice(1).map((id) => images.get(id))).toMatchObject([
      { parent: 'scratch', isIntermediate: true },
      { parent: shown[1], isIntermediate: true },
      { parent: shown[2], isIntermediate: false },
    ])
  })

  test('writes history, layers and config as docker does', async () => {
    const { image } = await builder.build('FROM scratch\nLABEL a=b\nRUN make\nRUN true\nWORKDIR /w\n')
    const { config } = await readImage(builder.images, image.manifest as NonNullable<BuiltImage['manifest']>)
    expect(config).toMatchObject({
      created: '1970-01-01T00:16:40Z',
      config: { Env: [expect.stringContaining('PATH=')], Labels: { a: 'b' }, WorkingDir: '/w' },
      history: [
        { created_by: '/bin/sh -c #(nop)  LABEL a=b', empty_layer: true },
        { created_by: '/bin/sh -c make' },
        { created_by: '/bin/sh -c true', empty_layer: true },
        { created_by: '/bin/sh -c #(nop) WORKDIR /w' },
      ],
    })
    expect(config?.rootfs.diff_ids).toHaveLength(2)
  })

  test('arguments that are declared count for RUN, sorted; ENV hides them', async () => {
    const dockerfile = 'FROM scratch\nARG Z=1\nARG A\nARG HIDDEN=arg\nENV HIDDEN=env\nRUN make\n'
    const { image } = await builder.build(
      dockerfile,
      {},
      {
        buildArgs: new Map([
          ['A', 'given'],
          ['HTTP_PROXY', 'p'],
        ]),
      },
    )
    expect(historyOf(image).at(-1)).toBe('|2 A=given Z=1 /bin/sh -c make')
  })

  test('only the stages that are needed are built', async () => {
    const dockerfile = 'FROM scratch AS a\nRUN make a\nFROM scratch AS b\nRUN make b\nFROM a\nRUN make c\n'
    await builder.build(dockerfile)
    expect(builder.containers.ran).toEqual(['/bin/sh -c make a', '/bin/sh -c make c'])
    await builder.build(dockerfile, {}, { target: 'b' })
    expect(builder.containers.ran.at(-1)).toBe('/bin/sh -c make b')
  })

  test('ONBUILD of the base runs behind FROM, and is not kept', async () => {
    const base = await builder.build('FROM scratch\nONBUILD COPY f /f\nONBUILD RUN make\n')
    const { image, events } = await builder.build(`FROM ${base.image.imageId}\nRUN after\n`, { f: 'f' })
    expect(historyOf(image).slice(2)).toEqual([
      expect.stringMatching(/#\(nop\) COPY file:[0-9a-f]{64} in \/f $/),
      '/bin/sh -c make',
      '/bin/sh -c after',
    ])
    expect(image.config).not.toHaveProperty('OnBuild')
    expect(events.map(({ kind }) => kind).slice(0, 2)).toEqual(['step', 'triggers'])
  })

  test('labels of the command line are steps at the end', async () => {
    const labels = new Map([
      ['b', "it's $X"],
      ['a', '"q"'],
    ])
    const { image, events } = await builder.build('FROM scratch\nLABEL a=1\n', {}, { labels })
    expect(image.config.Labels).toEqual({ a: '"q"', b: "it's $X" })
    expect(events.filter(({ kind }) => kind === 'step').at(-1)).toMatchObject({ step: 4, total: 4 })
  })

  test('arguments that nothing takes are told', async () => {
    const buildArgs = new Map([
      ['NOPE', '1'],
      ['X', '2'],
    ])
    const { events } = await builder.build('FROM scratch\nARG X\nLABEL a=b\n', {}, { buildArgs })
    expect(events).toContainEqual({ kind: 'warning', text: 'One or more build-args [NOPE] were not consumed' })
  })

  test('COPY onto what this build copied unpacks nothing', async () => {
    await builder.build('FROM scratch\nCOPY d /a/\nCOPY f /a/sub/f\nWORKDIR /a/w\n', { 'd/x': 'x', f: 'f' })
    expect(builder.containers.unpacked).toEqual([])
  })
})

describe('a build that fails', () => {
  test('says which command, with its code, the line and the last image; nothing of the container is left', async () => {
    const failure = builder.build('FROM scratch\nLABEL a=b\nRUN exit 13\n')
    await expect(failure).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: "The command '/bin/sh -c exit 13' returned a non-zero code: 13",
      detail: { exitCode: 13, line: 3 },
      advice: expect.stringMatching(
        /^to look into the image before Dockerfile:3: "tsreg run -it --entrypoint sh [0-9a-f]{12}"$/,
      ),
    })
    expect([...builder.containers.open]).toEqual([])
    expect(existsSync(directory.join('containers/claims'))).toBe(true)
  })

  test.each([
    ['FROM scratch\n', 'Dockerfile:1: no image was made'],
    ['ARG X\nFROM $X\n', 'Dockerfile:2: base name ($X) should not be blank'],
    ['FROM scratch\nCOPY nope /x\n', 'Dockerfile:2: nope is not found'],
    ['FROM scratch\nCOPY a b /x\n', 'Dockerfile:2: When using COPY with more than one source file'],
    ['FROM scratch\nCOPY --from=3 a /x\n', 'Dockerfile:2: invalid from flag value 3'],
    ['FROM scratch\nCOPY --chmod=u+x a /x\n', 'Dockerfile:2: --chmod=u+x is not supported yet'],
    ['FROM scratch\nADD http://127.0.0.1:1/x /x\n', 'Dockerfile:2: http://127.0.0.1:1/x cannot be downloaded'],
  ])('%j names the line', async (dockerfile, message) => {
    await expect(builder.build(dockerfile, { a: 'a', b: 'b' })).rejects.toThrow(message)
  })

  test('an aborted build leaves no container', async () => {
    const controller = new AbortController()
    const aborting = await testBuilder(directory.join('aborting'), {
      command: () => {
        controller.abort(new Error('stopped'))
        controller.signal.throwIfAborted()
        return 0
      },
    })
    await expect(aborting.build('FROM scratch\nRUN sleep\n', {}, { signal: controller.signal })).rejects.toThrow(
      'stopped',
    )
    expect([...aborting.containers.open]).toEqual([])
  })
})

describe('the same inputs make the same image', () => {
  const dockerfile = 'FROM scratch\nCOPY d /d/\nRUN make\nWORKDIR /w\nENV A=1\n'
  const context = { 'd/x': 'x', 'd/y': { content: 'y', mtime: 900.5 } }

  test('in another directory, without a cache', async () => {
    const first = await builder.build(dockerfile, context)
    const other = await testBuilder(directory.join('other'), {
      command: (text, upper) => {
        writeFileSync(join(upper, 'made'), text)
        return 0
      },
    })
    const second = await other.build(dockerfile, context)
    expect(second.image.manifest).toEqual(first.image.manifest)
  })

  test('SOURCE_DATE_EPOCH goes before the time of the files', async () => {
    const { image } = await builder.build(dockerfile, context, { sourceDateEpoch: 0 })
    expect([image.created, ...image.history.map(({ created }) => created)]).toEqual(
      Array.from({ length: 5 }, () => '1970-01-01T00:00:00Z'),
    )
  })
})

describe('the cache', () => {
  const dockerfile = 'FROM scratch\nARG V=1\nCOPY d /d/\nRUN make\nCMD ["x"]\n'
  const context = { 'd/x': 'x', 'd/sub/y': 'y', unused: '1' }
  const [, ...steps] = dockerfile.trim().split('\n')

  test('answers every step of a second build', async () => {
    const first = await builder.build(dockerfile, context)
    expect(first.executed).toEqual(steps)
    const second = await builder.build(dockerfile, context)
    expect(second).toMatchObject({ cached: steps, executed: [], image: { imageId: first.image.imageId } })
    expect(builder.containers.ran).toHaveLength(1)
  })

  test.each([
    ['a time', { 'd/x': { content: 'x', mtime: 5 } }, 4],
    ['a file that is not copied', { unused: '2' }, 4],
    ['content', { 'd/sub/y': 'Y' }, 1],
    ['a mode', { 'd/x': { content: 'x', mode: 0o600 } }, 1],
    ['a name', { 'd/z': 'x' }, 1],
  ] as const)('after a change of %s', async (_what, changes, cached) => {
    await builder.build(dockerfile, context)
    const second = await builder.build(dockerfile, { ...context, ...changes })
    expect(second.cached).toHaveLength(cached)
  })

  test('an argument counts where it is used, a changed default where it stands', async () => {
    await builder.build(dockerfile, context)
    const given = await builder.build(dockerfile, context, { buildArgs: new Map([['V', '2']]) })
    expect(given.cached).toEqual(steps.slice(0, 2))
    const changed = await builder.build(dockerfile.replace('V=1', 'V=3'), context)
    expect(changed.cached).toEqual([])
  })

  test('after the first miss nothing is looked for, until the next stage', async () => {
    const stages = 'FROM scratch AS a\nLABEL x=1\nLABEL y=1\nFROM scratch\nLABEL z=1\nCOPY --from=a . /a\n'
    await builder.build(stages)
    const second = await builder.build(stages.replace('x=1', 'x=2'))
    expect(second.cached).toEqual(['LABEL z=1', 'COPY --from=a . /a'])
  })

  test('--no-cache executes all, and what it made is found by the next', async () => {
    await builder.build(dockerfile, context)
    const { executed, image } = await builder.build(dockerfile, context, { usesCache: false })
    expect(executed).toEqual(steps)
    expect((await builder.build(dockerfile, context)).image.imageId).toBe(image.imageId)
  })

  test('an image that was removed is a miss', async () => {
    const { image } = await builder.build(dockerfile, context)
    await removeImage(builder.images, `${image.imageId}`)
    expect((await builder.build(dockerfile, context)).executed).toEqual(steps)
  })

  test('lost, it is made anew from the images', async () => {
    await builder.build(dockerfile, context)
    rmSync(directory.join('cache'), { recursive: true })
    expect((await builder.build(dockerfile, context)).cached).toEqual(steps)
  })

  test('damaged, it is a miss and no failure', async () => {
    await builder.build(dockerfile, context)
    const { globSync } = await import('node:fs')
    for (const path of globSync('steps/*/*.json', { cwd: directory.join('cache') })) {
      writeFileSync(directory.join('cache', path), '{"version":1,"manifest":')
    }
    expect((await builder.build(dockerfile, context)).executed).toEqual(steps)
  })
})

describe('--explain', () => {
  const dockerfile = 'FROM scratch\nARG V=1\nCOPY d /d/\nRUN make\n'
  const context = { 'd/x': 'x' }
  const reasonsOf = async (
    changed: string,
    files: Parameters<TestBuilder['build']>[1],
    buildArgs = new Map<string, string>(),
  ) => {
    const { events } = await builder.build(changed, files, { explains: true, buildArgs })
    return events.flatMap((event) => (event.kind === 'miss' ? [[event.keyword, ...event.reasons]] : []))
  }

  test('says of each step why it was not found', async () => {
    expect(await reasonsOf(dockerfile, context)).toEqual([
      ['ARG', 'no earlier build of this step'],
      ['COPY', 'parent image changed'],
      ['RUN', 'parent image changed'],
    ])
    expect(await reasonsOf(dockerfile, { 'd/x': { content: 'x', mode: 0o600 } })).toEqual([
      ['COPY', 'd/x mode 0644 -> 0600'],
      ['RUN', 'parent image changed'],
    ])
    expect(await reasonsOf(dockerfile, context, new Map([['V', '2']]))).toEqual([['RUN', 'build arg V 1 -> 2']])
    expect(await reasonsOf(`${dockerfile}RUN again\n`, context)).toEqual([['RUN', 'no earlier build of this step']])
    expect(await reasonsOf(dockerfile.replace('make', 'make all'), context)).toEqual([
      ['RUN', 'command "/bin/sh -c make" -> "/bin/sh -c make all"'],
    ])
  })
})
