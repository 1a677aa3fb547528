import { describe, expect, test } from '@jest/globals'
import type { ContainerConfig } from '@tsreg/oci/image'
import { withDefaultPath } from '../built-image.ts'
import { expandInstruction, parseDockerfile, parseInstructions, placeOf } from '../dockerfile/index.ts'
import { BuildArgs, variablesOf } from '../scope/index.ts'
import { type ConfigInstruction, configStep } from './config-step.ts'
import { type ConfigStep, shellOf } from './step.ts'

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The lines as a stage whose base has this config, each with its created_by. */
function stage(lines: readonly string[], base: ContainerConfig = {}) {
  const file = parseInstructions(parseDockerfile(['FROM scratch', ...lines].join('\n')))
  let config = withDefaultPath(base)
  let args = BuildArgs.of(new Map([['GIVEN', 'yes']]), new Map())
  let hasCmd = false
  const steps: (ConfigStep & { readonly createdBy: string })[] = []
  for (const instruction of file.stages[0]?.instructions ?? []) {
    const environment = new Map([...args.allowed(), ...variablesOf(config.Env ?? [])])
    const expanded = expandInstruction(instruction, environment) as ConfigInstruction
    const step = configStep(expanded, { config, args, hasCmd, place: placeOf('Dockerfile', instruction) })
    config = step.config
    args = step.args ?? args
    hasCmd = step.hasCmd ?? hasCmd
    steps.push({ ...step, createdBy: [...shellOf(config), '#(nop) ', step.comment].join(' ') })
  }
  return { config, args, steps, createdBy: steps.map((step) => step.createdBy) }
}

// Left as docker 20.10.24 writes them into the history of an image.
describe('the history of an instruction is what docker writes', () => {
  test.each([
    ['MAINTAINER "Some One" <a@b>', '/bin/sh -c #(nop)  MAINTAINER "Some One" <a@b>'],
    ['ARG X', '/bin/sh -c #(nop)  ARG X'],
    ['ARG Y=why', '/bin/sh -c #(nop)  ARG Y=why'],
    ['ENV A=1 B="two words" C=$A', '/bin/sh -c #(nop)  ENV A=1 B=two words C='],
    ['ENV old style  value', '/bin/sh -c #(nop)  ENV old=style  value'],
    ['LABEL l1=v1 "l2 x"="v2 y"', '/bin/sh -c #(nop)  LABEL l1=v1 l2 x=v2 y'],
    ['EXPOSE 80 90/udp 100-102', '/bin/sh -c #(nop)  EXPOSE 100-102 80 90/udp'],
    ['VOLUME /data ["/data2"]', '/bin/sh -c #(nop)  VOLUME [/data [/data2]]'],
    ['VOLUME ["/v1","/v 2"]', '/bin/sh -c #(nop)  VOLUME [/v1 /v 2]'],
    ['USER web:www', '/bin/sh -c #(nop)  USER web:www'],
    ['CMD echo hi', '/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "echo hi"]'],
    ['ENTRYPOINT ["ls", "-l"]', '/bin/sh -c #(nop)  ENTRYPOINT ["ls" "-l"]'],
    ['SHELL ["/bin/busybox","sh","-c"]', '/bin/busybox sh -c #(nop)  SHELL [/bin/busybox sh -c]'],
    ['STOPSIGNAL SIGUSR1', '/bin/sh -c #(nop)  STOPSIGNAL SIGUSR1'],
    [
      'HEALTHCHECK --interval=5s --retries=2 CMD curl x',
      `/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl x"] "5s" "0s" "0s" '\\x02'}`,
    ],
    [
      'HEALTHCHECK --start-period=90s CMD ["a","b"]',
      `/bin/sh -c #(nop)  HEALTHCHECK &{["CMD" "a" "b"] "0s" "0s" "1m30s" '\\x00'}`,
    ],
    ['HEALTHCHECK NONE', `/bin/sh -c #(nop)  HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\\x00'}`],
    ['ONBUILD RUN echo onbuild', '/bin/sh -c #(nop)  ONBUILD RUN echo onbuild'],
  ])('%s', (line, createdBy) => {
    expect(stage([line]).createdBy).toEqual([createdBy])
  })
})

describe('the config of an image', () => {
  test('an image without PATH gets one', () => {
    expect(stage([]).config).toEqual({ Env: [path] })
    expect(stage([], { Env: ['PATH=/bin'] }).config).toEqual({ Env: ['PATH=/bin'] })
  })

  test('ENV replaces a variable in its place, and all of it sees the environment from before', () => {
    expect(stage(['ENV A=1 B=2', 'ENV A=3 C=$A']).config.Env).toEqual([path, 'A=3', 'B=2', 'C=1'])
  })

  test('ENV beats ARG; ARG of the command line beats its default', () => {
    const { config } = stage(['ARG GIVEN=no', 'ARG X=arg', 'ENV X=env', 'ENV SEEN=$GIVEN-$X'])
    expect(config.Env).toEqual([path, 'X=env', 'SEEN=yes-env'])
  })

  test('ENTRYPOINT takes away the CMD of the base, not the one of this file', () => {
    const base = { Cmd: ['old'] }
    expect(stage(['ENTRYPOINT ["ls"]'], base).config).toEqual({ Env: [path], Entrypoint: ['ls'] })
    expect(stage(['CMD ["-l"]', 'ENTRYPOINT ["ls"]'], base).config).toEqual({
      Env: [path],
      Cmd: ['-l'],
      Entrypoint: ['ls'],
    })
  })

  test('shell form is given to the shell of SHELL', () => {
    const { config } = stage(['SHELL ["/bin/bash","-ec"]', 'CMD a b', 'ENTRYPOINT c'])
    expect(config).toMatchObject({ Cmd: ['/bin/bash', '-ec', 'a b'], Entrypoint: ['/bin/bash', '-ec', 'c'] })
  })

  test('labels, ports and volumes add up; the last label of a name wins', () => {
    const { config } = stage([
      'LABEL a=1 b=2',
      'LABEL a=3',
      'EXPOSE 80 8000-8001/UDP',
      'EXPOSE 443',
      'VOLUME /a',
      'VOLUME /b',
    ])
    expect(config).toEqual({
      Env: [path],
      Labels: { a: '3', b: '2' },
      ExposedPorts: { '80/tcp': {}, '8000/udp': {}, '8001/udp': {}, '443/tcp': {} },
      Volumes: { '/a': {}, '/b': {} },
    })
  })

  test('a health check keeps what it leaves open as an earlier one had it, and says that it replaces that', () => {
    const { config, steps } = stage(['HEALTHCHECK --timeout=1s CMD a', 'HEALTHCHECK --start-interval=2s CMD ["b"]'])
    expect(config).toMatchObject({ Healthcheck: { Test: ['CMD', 'b'], StartInterval: 2e9, Timeout: 1e9 } })
    expect(steps.map(({ note }) => note)).toEqual([undefined, 'Note: overriding previous HEALTHCHECK: [CMD-SHELL a]'])
  })

  test('ONBUILD and MAINTAINER are kept', () => {
    const { config, steps } = stage(['ONBUILD ADD . /src', 'ONBUILD RUN make', 'MAINTAINER me'])
    expect(config).toMatchObject({ OnBuild: ['ADD . /src', 'RUN make'] })
    expect(steps[2]?.author).toBe('me')
  })

  test.each([
    ['STOPSIGNAL FOO', 'there is no signal "FOO"'],
    ['STOPSIGNAL 0', 'there is no signal "0"'],
    ['STOPSIGNAL 65', 'there is no signal "65"'],
    ['EXPOSE abc', '"abc" is no port'],
    ['EXPOSE 70000', '"70000" is no port'],
    ['VOLUME ["$NOTHING"]', 'the path of a volume is empty'],
  ])('%s is an error that names the line', (line, why) => {
    expect(() => stage(['ENV A=1', line])).toThrow(`Dockerfile:3: ${why}`)
  })

  test.each(['TERM', 'sigkill', '9', 'RTMIN+15', 'SIGRTMAX-14'])('the signal %s is one', (name) => {
    expect(stage([`STOPSIGNAL ${name}`]).config).toMatchObject({ StopSignal: name })
  })
})
