/**
 * What is told of a container: inspect and diff.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase } from '../run-case.ts'

export const inspectCases: readonly RunCase[] = [
  {
    title: 'inspect tells what was asked for, in the fields of docker',
    check: async ({ say, directory }) => {
      await mkdir(join(directory, 'shown'))
      const flags = [
        ...['--name', 'full', '--hostname', 'ship', '-u', 'worker', '-w', '/work', '-e', 'A=1', '-l', 'k=v'],
        ...['-v', `${directory}/shown:/data:ro`, '--tmpfs', '/run:size=1m', '--read-only', '--entrypoint', 'sh'],
        ...['--memory', '64m', '--cpus', '0.5', '--pids-limit', '50', '--cap-add', 'NET_ADMIN', '--cap-drop', 'KILL'],
        ...['--network', 'none', '--stop-signal', 'SIGQUIT'],
      ]
      const id = (await say('create', ...flags, 'busybox', '-c', 'exit 3')).trim()
      const [told, ...more] = JSON.parse(await say('inspect', 'full'))
      assertEqual(more.length, 0, 'the number of further objects')
      const image = (await say('inspect', '--type', 'image', '--format', '{{.Id}}', 'busybox')).trim()
      assertContains(told, {
        Id: id,
        Path: 'sh',
        Args: ['-c', 'exit 3'],
        Image: image,
        Name: '/full',
        RestartCount: 0,
        Platform: 'linux',
        State: {
          Status: 'created',
          Running: false,
          Paused: false,
          Restarting: false,
          OOMKilled: false,
          Dead: false,
          Pid: 0,
          ExitCode: 0,
          Error: '',
          StartedAt: '0001-01-01T00:00:00Z',
          FinishedAt: '0001-01-01T00:00:00Z',
        },
        HostConfig: {
          Binds: [`${directory}/shown:/data:ro`],
          NetworkMode: 'none',
          AutoRemove: false,
          CapAdd: ['NET_ADMIN'],
          CapDrop: ['KILL'],
          ReadonlyRootfs: true,
          Tmpfs: { '/run': 'size=1m' },
          Memory: 64 * 1024 * 1024,
          MemorySwap: 128 * 1024 * 1024,
          NanoCpus: 500_000_000,
          PidsLimit: 50,
        },
        Mounts: [
          {
            Type: 'bind',
            Source: `${directory}/shown`,
            Destination: '/data',
            Mode: 'ro',
            RW: false,
            Propagation: 'rprivate',
          },
        ],
        Config: {
          Hostname: 'ship',
          User: 'worker',
          Tty: false,
          OpenStdin: false,
          Cmd: ['-c', 'exit 3'],
          Image: 'busybox',
          Volumes: null,
          WorkingDir: '/work',
          Entrypoint: ['sh'],
          Labels: { k: 'v' },
          StopSignal: 'SIGQUIT',
        },
      })
      assertThat(told.Config.Env.includes('A=1'), `the environment is ${told.Config.Env}`)
      assertThat(Math.abs(Date.now() - Date.parse(told.Created)) < 600_000, `it was created ${told.Created}`)
    },
  },
  {
    title: 'inspect tells the state as the container lives and ends',
    check: async ({ say }) => {
      await say('run', '-d', '--name', 'job', 'busybox', 'sleep', '600')
      const running = JSON.parse(await say('inspect', '--format', '{{json .State}}', 'job'))
      assertContains(running, { Status: 'running', Running: true, ExitCode: 0 })
      process.kill(running.Pid, 0)
      await say('kill', 'job')
      await say('wait', 'job')
      const ended = JSON.parse(await say('inspect', '--format', '{{json .State}}', 'job'))
      assertContains(ended, { Status: 'exited', Running: false, Pid: 0, ExitCode: 137, OOMKilled: false, Error: '' })
      assertEqual(ended.StartedAt, running.StartedAt, 'the time of the start')
      assertThat(Date.parse(ended.FinishedAt) >= Date.parse(ended.StartedAt), `it ended at ${ended.FinishedAt}`)
    },
  },
  {
    title: 'inspect takes a container before an image of the same name, and --type chooses',
    check: async ({ say, fail }) => {
      const id = (await say('create', '--name', 'busybox', 'busybox', 'true')).trim()
      const image = (await say('inspect', '--format', '{{.Image}}', 'busybox')).trim()
      const idOf = async (...words: readonly string[]) => (await say('inspect', '-f', '{{.Id}}', ...words)).trim()
      assertEqual(await idOf('busybox'), id, 'the ID')
      assertEqual(await idOf('--type', 'image', 'busybox'), image, 'the ID of the image')
      assertEqual(await idOf('--type', 'container', 'busybox'), id, 'the ID of the container')
      assertEqual(await idOf('busybox:latest'), image, 'the ID of the name with its tag')
      await fail(
        { status: 3, says: 'No such container: busybox:latest', dockerStatus: 1 },
        ...['inspect', '--type', 'container', 'busybox:latest'],
      )
      await fail(
        { status: 3, says: /No such image: \S*nothing/, dockerStatus: 1 },
        'inspect',
        '--type',
        'image',
        'nothing',
      )
      await fail({ status: 3, says: 'No such object: nothing', dockerStatus: 1 }, 'inspect', 'nothing')
    },
  },
  {
    title: 'inspect -f takes the templates that people type',
    check: async ({ say, directory }) => {
      const flags = ['--name', 'job', '-l', 'team=blue', '-v', `${directory}:/data:ro`, '-v', `${directory}:/more`]
      await say('create', ...flags, 'busybox', 'sh', '-c', 'exit')
      for (const [template, expected] of [
        ['{{range .HostConfig.Binds}}<{{.}}>{{end}}', `<${directory}:/data:ro><${directory}:/more>`],
        ['{{range $at, $word := .Config.Cmd}}{{if $at}}, {{end}}{{$word}}{{end}}', 'sh, -c, exit'],
        ['{{range .Mounts}}{{if not .RW}}{{.Destination}}{{end}}{{end}}', '/data'],
        ['{{index .Config.Labels "team"}}{{index .Config.Labels "none"}}', 'blue'],
        ['{{index .Args 1}} {{(index .Mounts 0).Type}} {{len .Mounts}}', 'exit bind 2'],
        ['{{if .State.Running}}up{{else}}down{{end}} {{.Name | printf "%-6s|"}}', 'down /job  |'],
        ['{{with .Config}}{{.Image}}{{end}} {{json .Config.Labels}}', 'busybox {"team":"blue"}'],
      ] as const) {
        assertEqual(await say('inspect', '-f', template, 'job'), `${expected}\n`, `the output of ${template}`)
      }
    },
  },
  {
    title: 'inspect of several prints those that there are, containers and images in one array',
    check: async ({ say, type }) => {
      const id = (await say('create', '--name', 'one', 'busybox', 'true')).trim()
      const { status, stdout, stderr } = await type(['inspect', 'one', 'nothing', 'busybox'])
      const told: readonly { Id: string }[] = JSON.parse(stdout)
      assertEqual(told.length, 2, 'the number of objects')
      assertEqual(told[0]?.Id, id, 'the first ID')
      assertThat(told[1]?.Id.startsWith('sha256:'), `the second ID is ${told[1]?.Id}`)
      assertThat(stderr.includes('Error: No such object: nothing\n'), `it says ${stderr}`)
      assertEqual(status, 1, 'the exit status')
    },
  },
  {
    title: 'diff tells what was added, changed and deleted, and nothing of a container that never ran',
    check: async ({ say, directory }) => {
      const script = [
        'touch /added /home/added /data/elsewhere /mem/elsewhere /root/passing',
        'rm -r /root/passing /bin/wc /var/tmp',
        'chmod 700 /etc/group',
        'mkdir -p /new/deep',
        'rm /etc/passwd && mkdir /etc/passwd',
        'echo hosts >> /etc/hosts',
      ].join('; ')
      const flags = ['--name', 'job', '-v', `${directory}:/data`, '--tmpfs', '/mem']
      await say('create', ...flags, 'busybox', 'sh', '-c', script)
      assertEqual(await say('diff', 'job'), '', 'the differences')
      await say('start', 'job')
      assertEqual(await say('wait', 'job'), '0\n', 'the exit code')
      const lines = (await say('diff', 'job')).split('\n').filter(Boolean)
      assertEqual(
        lines.toSorted().join('\n'),
        [
          ...['A /added', 'A /data', 'A /home/added', 'A /mem', 'A /new', 'A /new/deep'],
          ...['C /bin', 'C /etc', 'C /etc/group', 'C /etc/passwd', 'C /home', 'C /var', 'D /bin/wc', 'D /var/tmp'],
        ].join('\n'),
        'the differences',
      )
    },
  },
  {
    title: 'diff of a running container tells what it has changed so far',
    check: async ({ say }) => {
      await say('run', '-d', '--name', 'job', 'busybox', 'sh', '-c', 'touch /begun; mkfifo /go; read x < /go')
      for (let tries = 0; !(await say('diff', 'job')).includes('A /go\n'); tries += 1) {
        assertThat(tries < 100, 'it never makes /go')
      }
      assertEqual(await say('diff', 'job'), 'A /begun\nA /go\n', 'the differences')
      await say('rm', '-f', 'job')
    },
  },
]

/** Every field of `expected` is so in `actual`; there may be more. */
function assertContains(actual: unknown, expected: object, path = ''): void {
  for (const [key, value] of Object.entries(expected)) {
    const found = (actual as Record<string, unknown> | null)?.[key]
    const isParts = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (isParts) assertContains(found, value, `${path}.${key}`)
    else if (Array.isArray(value) && typeof value[0] === 'object') assertContains(found, value, `${path}.${key}`)
    else {
      const isEqual = isDeepStrictEqual(found, value)
      assertThat(isEqual, `${path}.${key} is ${JSON.stringify(found)}, not ${JSON.stringify(value)}`)
    }
  }
}
