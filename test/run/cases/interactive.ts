/**
 * Containers that are spoken with: `run -i`, `run -it`, `attach`, `start -ai`.
 * @module
 */

import { existsSync } from 'node:fs'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase, Scene } from '../run-case.ts'
import { assertEndsWith } from '../terminal.ts'

async function statusOf({ say }: Scene, name: string): Promise<string> {
  return (await say('ps', '-a', '--filter', `name=${name}`, '--format', '{{.State}}')).trim()
}

export const interactiveCases: readonly RunCase[] = [
  {
    title: 'run -i sends standard input, to the byte, and its end',
    check: async ({ type }) => {
      const input = Array.from({ length: 40_000 }, (_, at) => `line ${at}\n`).join('')
      const { status, stdout, stderr } = await type(['run', '-i', '--rm', 'busybox', 'cat'], { input })
      assertEqual(status, 0, 'the exit status')
      assertThat(stdout === input, `${stdout.length} bytes came back of ${input.length}`)
      assertEqual(stderr, '', 'standard error')
    },
  },
  {
    title: 'run without -i sends nothing, and an end of standard input at once',
    check: async ({ type }) => {
      const { stdout } = await type(['run', '--rm', 'busybox', 'wc', '-c'], { input: 'something' })
      assertEqual(stdout, '0\n', 'what was counted')
    },
  },
  {
    title: 'run -i with more input than the container reads loses none of its output, though the reader is slow',
    check: async (scene) => {
      // Either is more than a pipe holds: the rest waits in a socket, also when its other end has gone with input unread.
      const bytes = 150_000
      for (const input of ['yes', 'head -c 120000 /dev/zero']) {
        const through = ['sh', '-c', `${input} | "$0" "$@" | (sleep 3; wc -c)`]
        const command = ['sh', '-c', `head -c 5 >/dev/null; head -c ${bytes} /dev/zero`]
        const counted = scene.start(['run', '-i', '--rm', 'busybox', ...command], { through })
        assertEqual(await counted.ended(), 0, 'the exit status')
        assertEqual(counted.stdout().trim(), String(bytes), 'the number of bytes')
      }
    },
  },
  {
    title: 'run -i answers what is typed line by line',
    check: async ({ start }) => {
      const container = start([
        'run',
        '-i',
        '--rm',
        'busybox',
        'sh',
        '-c',
        'while read -r a; do echo "got $a"; done; exit 3',
      ])
      container.type('one\n')
      await container.sees('got one\n')
      container.type('two\n')
      await container.sees('got two\n')
      container.endInput()
      assertEqual(await container.ended(), 3, 'the exit status')
    },
  },
  {
    title: 'run -it without a terminal is refused',
    check: ({ fail }) =>
      fail(
        { status: 125, dockerStatus: 1, says: 'the input device is not a TTY' },
        ...['run', '-it', '--rm', 'busybox', 'true'],
      ),
  },
  {
    title:
      'run -it is a terminal of the size of this one from its first moment, and this one is as it was when it ends',
    notDocker: 'its terminal gets its size when the command runs already',
    check: async ({ atTerminal, until }) => {
      const terminal = await atTerminal('run', '-it', '--rm', 'busybox', 'sh', '-c', 'stty size; tty; exec sh')
      // From its first moment on.
      await terminal.sees(/30 90\s+\/dev\//)
      await terminal.resize({ columns: 77, rows: 21 })
      await until('resized', async () => {
        terminal.type('stty size\r')
        return terminal.shown().includes('21 77')
      })
      terminal.type('exit 4\r')
      await assertEndsWith(terminal, 4)
    },
  },
  {
    title: 'on a terminal Ctrl-C and Ctrl-D are the container’s',
    check: async ({ atTerminal, until }) => {
      const terminal = await atTerminal('run', '-it', '--rm', 'busybox', 'sh')
      await terminal.sees('# ')
      terminal.type('sleep 600\r')
      await until('ended by Ctrl-C', async () => {
        terminal.type('\x03')
        terminal.type('echo status-$?\r')
        return terminal.shown().includes('status-130')
      })
      terminal.type('\r(exit 6)\r')
      // Typed while no prompt is there, it is nothing.
      await until('ended by Ctrl-D', async () => {
        terminal.type('\x04')
        return terminal.shown().includes('[ended ')
      })
      assertEqual((await terminal.ended()).status, 6, 'the exit status')
    },
  },
  {
    title: 'a command that cannot run leaves the terminal as it was',
    check: async ({ atTerminal }) => {
      const terminal = await atTerminal('run', '-it', '--rm', 'busybox', 'nothing-of-that-name')
      await assertEndsWith(terminal, 127)
      assertThat(terminal.shown().includes('executable file not found'), terminal.shown())
    },
  },
  {
    title: 'run -t without -i is a terminal that takes no input; Ctrl-C ends it',
    check: async (scene) => {
      const script = 'test -t 1 && echo a-terminal; trap "exit 8" INT; while :; do sleep 0.1; done'
      const terminal = await scene.atTerminal('run', '-t', '--name', 'shown', 'busybox', 'sh', '-c', script)
      await terminal.sees('a-terminal')
      if (scene.engine === 'docker') terminal.signal('SIGKILL')
      else terminal.type('\x03')
      await assertEndsWith(terminal, scene.engine === 'docker' ? 137 : 8)
    },
  },
  {
    title: 'Ctrl-P Ctrl-Q leaves a container running, and attach goes on with it',
    check: async (scene) => {
      const terminal = await scene.atTerminal('run', '-it', '--name', 'shell', 'busybox', 'sh')
      await terminal.sees('# ')
      terminal.type('one=1\r')
      terminal.type('\x10\x11')
      const left = await terminal.ended()
      assertThat(left.isRestored, 'the terminal is not set as before')
      assertEqual(left.status, 0, 'the exit status')
      assertEqual(await statusOf(scene, 'shell'), 'running', 'the state')
      const again = await scene.atTerminal('attach', 'shell')
      await scene.until('attached to the shell', async () => {
        again.type('echo "one is $one"\r')
        return again.shown().includes('one is 1')
      })
      again.type('exit 5\r')
      assertEqual((await again.ended()).status, 5, 'the exit status')
      await scene.until('ended', async () => (await statusOf(scene, 'shell')) === 'exited')
    },
  },
  {
    title: 'a container of run -d -i takes the input of those who attach, one after the other',
    check: async (scene) => {
      await scene.say(
        'run',
        '-d',
        '-i',
        '--name',
        'reader',
        'busybox',
        'sh',
        '-c',
        'while read -r a; do echo "got $a"; done',
      )
      for (const word of ['first', 'second']) {
        const attached = scene.start(['attach', 'reader'])
        attached.type(`${word}\n`)
        await attached.sees(`got ${word}\n`)
        attached.signal('SIGKILL')
        await attached.ended()
      }
      assertEqual(await statusOf(scene, 'reader'), 'running', 'the state')
      assertEqual(await scene.say('logs', 'reader'), 'got first\ngot second\n', 'the log')
    },
  },
  {
    title: 'attach shows what is said from now on, and ends with the status of the container',
    check: async (scene) => {
      const script = 'while [ ! -e /tmp/go ]; do echo tick; sleep 0.1; done; echo on; echo off >&2; exit 11'
      await scene.say('run', '-d', '--name', 'web', 'busybox', 'sh', '-c', `echo before; ${script}`)
      await scene.until('said', async () => (await scene.say('logs', 'web')).includes('tick'))
      const attached = scene.start(['attach', 'web'])
      await attached.sees('tick\n')
      await scene.say('exec', 'web', 'touch', '/tmp/go')
      assertEqual(await attached.ended(), 11, 'the exit status')
      assertThat(/^(tick\n)+on\n$/.test(attached.stdout()), attached.stdout())
      assertEqual(attached.stderr(), 'off\n', 'standard error')
    },
  },
  {
    title: 'attach to a container that does not run fails',
    check: async ({ say, fail }) => {
      await say('create', '--name', 'web', 'busybox', 'true')
      const says = 'ou cannot attach to a stopped container, start it first'
      await fail({ status: 125, dockerStatus: 1, says }, 'attach', 'web')
    },
  },
  {
    title: 'start -a shows the output and has the exit status, start -ai sends input as well',
    check: async ({ say, type }) => {
      await say('create', '-i', '--name', 'job', 'busybox', 'sh', '-c', 'cat; echo err >&2; exit 9')
      for (const input of ['first', 'second']) {
        const { status, stdout, stderr } = await type(['start', '-a', '-i', 'job'], { input })
        assertEqual(status, 9, 'the exit status')
        assertEqual(stdout, input, 'standard output')
        assertEqual(stderr, 'err\n', 'standard error')
      }
    },
  },
  {
    title: 'run ends when its terminal hangs up; the container goes on',
    notDocker: 'its command stays as well, without a terminal',
    check: async (scene) => {
      const terminal = await scene.atTerminal('run', '-it', '--name', 'shell', 'busybox', 'sh')
      await terminal.sees('# ')
      terminal.hangUp()
      await scene.until('ended', async () => !existsSync(`/proc/${terminal.pid}`))
      assertEqual(await statusOf(scene, 'shell'), 'running', 'the state')
    },
  },
]
