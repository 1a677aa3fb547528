import { describe, expect, test } from '@jest/globals'
import type { BuildEvent } from '@tsreg/builder'
import { digestOf, shortId } from '@tsreg/oci'
import { type BuildStyle, buildLines } from './build-lines.ts'
import { classicFailure } from './classic-failure.ts'
import { classicSize } from './context-line.ts'

const imageId = digestOf('image')
const id = shortId(imageId)
const containerId = 'c0ffee123456'.repeat(5)
const events: readonly BuildEvent[] = [
  { kind: 'step', step: 1, total: 3, text: 'FROM busybox', classicText: 'FROM busybox' },
  { kind: 'triggers', count: 1 },
  { kind: 'trigger', index: 0, text: 'RUN make' },
  { kind: 'image', imageId: undefined, containerId: undefined },
  { kind: 'step', step: 2, total: 3, text: 'cmd ["ls", "-l"]', classicText: 'CMD ls -l' },
  { kind: 'running', containerId },
  { kind: 'image', imageId, containerId },
  { kind: 'step', step: 3, total: 3, text: 'RUN true', classicText: 'RUN true' },
  { kind: 'miss', keyword: 'RUN', reasons: ['build arg V 1 -> 2'] },
  { kind: 'cached' },
  { kind: 'image', imageId, containerId: undefined },
  { kind: 'warning', text: 'One or more build-args [NOPE] were not consumed' },
  { kind: 'built', imageId },
]
const copied: BuildEvent = { kind: 'image', imageId, containerId, isSilent: true }
const linesOf = (style: BuildStyle) => events.flatMap((event) => buildLines(event, style))

describe('the lines of a build', () => {
  test('plain: those of docker 20.10', () => {
    expect(linesOf('plain')).toEqual([
      'Step 1/3 : FROM busybox',
      '# Executing 1 build trigger',
      ' ---> ',
      'Step 2/3 : cmd ["ls", "-l"]',
      ' ---> Running in c0ffee123456',
      'Removing intermediate container c0ffee123456',
      ` ---> ${id}`,
      'Step 3/3 : RUN true',
      'RUN: build arg V 1 -> 2',
      ' ---> Using cache',
      ` ---> ${id}`,
      '[Warning] One or more build-args [NOPE] were not consumed',
      `Successfully built ${id}`,
    ])
  })

  test('of the container of COPY plain tells nothing, and classic only the end', () => {
    expect(buildLines(copied, 'plain')).toEqual([` ---> ${id}`])
    expect(buildLines(copied, 'classic')).toEqual([` ---> ${id}`, 'Removing intermediate container c0ffee123456'])
  })

  test('classic: those of docker up to 1.8', () => {
    expect(linesOf('classic')).toEqual([
      'Step 0 : FROM busybox',
      '# Executing 1 build triggers',
      'Trigger 0, RUN make',
      ' ---> ',
      'Step 1 : CMD ls -l',
      ' ---> Running in c0ffee123456',
      ` ---> ${id}`,
      'Removing intermediate container c0ffee123456',
      'Step 2 : RUN true',
      'RUN: build arg V 1 -> 2',
      ' ---> Using cache',
      ` ---> ${id}`,
      '[Warning] One or more build-args [NOPE] were not consumed',
      `Successfully built ${id}`,
    ])
  })

  test.each([
    [0, '0 B'],
    [2048, '2.048 kB'],
    [297_600_000, '297.6 MB'],
    [1_234_567_890, '1.235 GB'],
  ])('%d bytes are %s in the classic age', (bytes, text) => {
    expect(classicSize(bytes)).toBe(text)
  })
})

describe('a command that failed, told the classic way', () => {
  const failure = {
    code: 'COMMAND_FAILED',
    message: "The command '/bin/sh -c exit 13' returned a non-zero code: 13",
    detail: { exitCode: 13 },
  }

  test('has brackets, and the status 1', async () => {
    expect(await classicFailure(failure)).toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'The command [/bin/sh -c exit 13] returned a non-zero code: 13',
      detail: { exitCode: 1 },
    })
  })

  test('other failures are as they are', async () => {
    const other = new Error('other')
    expect(await classicFailure(other)).toBe(other)
  })
})
