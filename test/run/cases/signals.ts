/**
 * Signals to a container in the foreground, and outputs that nobody reads: the command is never stuck.
 * @module
 */

import { existsSync } from 'node:fs'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase, Scene } from '../run-case.ts'

const patient = 'while :; do sleep 0.1; done'

async function stateOf({ say }: Scene, name: string): Promise<string> {
  return (await say('ps', '-a', '--filter', `name=${name}`, '--format', '{{.State}}')).trim()
}

export const signalCases: readonly RunCase[] = [
  ...(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const).map((name): RunCase => {
    const short = name.slice(3)
    return {
      title: `${name} to run is the container's`,
      check: async ({ start }) => {
        const script = `trap "echo told; exit 5" ${short}; echo ready; ${patient}`
        const container = start(['run', '--rm', 'busybox', 'sh', '-c', script])
        await container.sees('ready\n')
        container.signal(name)
        assertEqual(await container.ended(), 5, 'the exit status')
        assertEqual(container.stdout(), 'ready\ntold\n', 'standard output')
      },
    }
  }),
  {
    title: 'a second Ctrl-C is the container’s as well; the third leaves it',
    notDocker: 'its command only hands them on, and has to be killed',
    check: async (scene) => {
      const script = `trap "echo asked" INT; echo ready; ${patient}`
      const container = scene.start(['run', '--name', 'stubborn', 'busybox', 'sh', '-c', script])
      await container.sees('ready\n')
      container.signal('SIGINT')
      await container.sees(/(asked\n){1}/)
      container.signal('SIGINT')
      await container.sees(/(asked\n){2}/)
      container.signal('SIGINT')
      assertEqual(await container.ended(), 130, 'the exit status')
      assertThat(container.stderr().includes('was left as it is'), container.stderr())
      assertEqual(await stateOf(scene, 'stubborn'), 'running', 'the state')
    },
  },
  {
    title: 'a container of --rm that was left is removed when it ends',
    notDocker: 'its command cannot be made to leave by signals',
    check: async (scene) => {
      const script = `trap "" INT TERM; trap "exit 0" USR1; echo ready; ${patient}`
      const container = scene.start(['run', '--rm', '--name', 'stubborn', 'busybox', 'sh', '-c', script])
      await container.sees('ready\n')
      await scene.until('left', async () => {
        container.signal('SIGTERM')
        return !existsSync(`/proc/${container.pid}`)
      })
      assertEqual(await container.ended(), 143, 'the exit status')
      assertEqual(await stateOf(scene, 'stubborn'), 'running', 'the state')
      await scene.say('kill', '-s', 'USR1', 'stubborn')
      await scene.until('removed', async () => (await stateOf(scene, 'stubborn')) === '')
    },
  },
  {
    title: 'SIGTERM ends a run whose output nobody takes, also when its container is gone',
    notDocker: 'its command waits until somebody reads',
    check: async (scene) => {
      const script = 'head -c 3000000 /dev/zero'
      const container = scene.start(['run', '--name', 'loud', 'busybox', 'sh', '-c', script], { isRead: false })
      await scene.until('started', async () => (await stateOf(scene, 'loud')) === 'running')
      await container.isIdle()
      await scene.say('kill', 'loud')
      await scene.until('left', async () => {
        container.signal('SIGTERM')
        return !existsSync(`/proc/${container.pid}`)
      })
      assertEqual(await container.ended(), 143, 'the exit status')
      await scene.until('ended', async () => (await stateOf(scene, 'loud')) === 'exited')
    },
  },
  {
    title: 'run whose reader goes away ends with 141 and without a word; its container goes on',
    check: async (scene) => {
      const container = scene.start(['run', '--name', 'loud', 'busybox', 'yes', 'no end'])
      await container.sees('no end\n')
      container.closeOutput()
      const status = await container.ended()
      if (scene.engine === 'docker') return
      assertEqual(status, 141, 'the exit status')
      assertEqual(container.stderr(), '', 'standard error')
      assertEqual(await stateOf(scene, 'loud'), 'running', 'the state')
    },
  },
  {
    title: 'run --rm whose reader goes away takes its container with it',
    notDocker: 'its container runs on, and nobody ever hears of it again',
    check: async (scene) => {
      const container = scene.start(['run', '--rm', '--name', 'loud', 'busybox', 'yes', 'no end'])
      await container.sees('no end\n')
      container.closeOutput()
      assertEqual(await container.ended(), 141, 'the exit status')
      assertEqual(container.stderr(), '', 'standard error')
      assertEqual(await stateOf(scene, 'loud'), '', 'the state')
    },
  },
  {
    title: 'a slow reader holds the container up, and costs no memory',
    notDocker: 'its daemon is not ours to weigh',
    check: async (scene) => {
      const [bytes, limit] = [60_000_000, 192 * 1024 * 1024]
      const container = scene.start(['run', '--rm', 'busybox', 'head', '-c', String(bytes), '/dev/zero'], {
        isRead: false,
      })
      await container.isIdle()
      const peak = container.peakMemory()
      assertThat(peak < limit, `${peak} bytes of memory`)
      container.readOn()
      assertEqual(await container.ended(), 0, 'the exit status')
      return `${Math.round(peak / 1024 / 1024)} MiB`
    },
  },
  {
    title: 'a reader that is slow until after the end gets everything',
    check: async (scene) => {
      // More than a pipe holds, and by less than what is kept for it in the process.
      const bytes = 75_000
      const slowly = ['sh', '-c', '"$0" "$@" | (sleep 2; wc -c)']
      const counted = scene.start(['run', '--rm', 'busybox', 'head', '-c', String(bytes), '/dev/zero'], {
        through: slowly,
      })
      assertEqual(await counted.ended(), 0, 'the exit status')
      assertEqual(counted.stdout().trim(), String(bytes), 'the number of bytes')
      await scene.say('run', '-d', '--name', 'talker', 'busybox', 'head', '-c', String(bytes), '/dev/zero')
      await scene.say('wait', 'talker')
      const logged = scene.start(['logs', 'talker'], { through: slowly })
      assertEqual(await logged.ended(), 0, 'the exit status')
      assertEqual(logged.stdout().trim(), String(bytes), 'the number of bytes of the log')
    },
  },
  {
    title: 'a terminal that has stopped does not keep run from being ended',
    notDocker: 'its command waits for the terminal',
    check: async (scene) => {
      const terminal = await scene.atTerminal('run', '-t', '--name', 'loud', 'busybox', 'yes', 'no end')
      await terminal.sees('no end')
      terminal.stopReading()
      await scene.until('ended', async () => {
        terminal.signal('SIGTERM')
        return !existsSync(`/proc/${terminal.pid}`)
      })
      assertEqual(await stateOf(scene, 'loud'), 'running', 'the state')
      terminal.hangUp()
    },
  },
  {
    title: 'closed standard streams are no trouble',
    notDocker: 'its command fails without them',
    check: async (scene) => {
      const script = `exec "$0" run --rm -i busybox sh -c 'cat; echo out; echo err >&2; exit 3' <&- >&- 2>&-`
      const container = scene.start([], { through: ['sh', '-c', script] })
      assertEqual(await container.ended(), 3, 'the exit status')
      assertEqual(container.stdout() + container.stderr(), '', 'what it says')
    },
  },
]
