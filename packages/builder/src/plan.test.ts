import { describe, expect, test } from '@jest/globals'
import { parseDockerfile, parseInstructions } from './dockerfile/index.ts'
import { planBuild } from './plan.ts'

const text = `ARG BASE=debian
FROM $BASE AS tools
RUN a
FROM scratch AS unused
COPY x /x
FROM tools AS build
RUN b
RUN c
FROM busybox
COPY --from=build /b /b
COPY --from=0 /a /a
COPY --from=alpine /c /c
`

function planOf(target?: string, dockerfile = text) {
  const file = parseInstructions(parseDockerfile(dockerfile))
  const plan = planBuild(file, { target, imageOf: ({ from }) => from.image.replace('$BASE', 'debian') })
  return { stages: plan.stages.map(({ index }) => index), steps: plan.steps, target: plan.target.index }
}

describe('planBuild', () => {
  test('only stages that the last one needs are built', () => {
    expect(planOf()).toEqual({ stages: [0, 2, 3], steps: 1 + 2 + 3 + 4, target: 3 })
  })

  test.each([
    ['build', { stages: [0, 2], steps: 6, target: 2 }],
    ['BUILD', { stages: [0, 2], steps: 6, target: 2 }],
    ['1', { stages: [1], steps: 3, target: 1 }],
  ])('up to the target %s', (target, plan) => {
    expect(planOf(target)).toEqual(plan)
  })

  test('a target that is not there is an error that lists the stages', () => {
    expect(() => planOf('buidl')).toThrow(
      expect.objectContaining({ code: 'STAGE_UNKNOWN', advice: 'the stages are tools, unused, build' }),
    )
  })

  test('of two stages of one name the last one before is meant; a later one never', () => {
    const dockerfile = 'FROM a AS x\nFROM b AS x\nFROM x AS y\nFROM c AS z\nCOPY --from=y /f /f\nCOPY --from=z /f /f\n'
    expect(planOf(undefined, dockerfile)).toMatchObject({ stages: [1, 2, 3] })
  })
})
