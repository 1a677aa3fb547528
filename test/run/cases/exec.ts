/**
 * Further commands in running containers: `exec`.
 * @module
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase, Scene } from '../run-case.ts'
import { assertEndsWith } from '../terminal.ts'

async function startHost({ say }: Scene, ...flags: readonly string[]): Promise<void> {
  await say(
    'run',
    '-d',
    '--name',
    'host',
    ...flags,
    'busybox',
    'sh',
    '-c',
    'trap "exit 0" TERM; while :; do sleep 0.1; done',
  )
}

/** Processes of the container whose command line holds the text. */
async function countOf({ say }: Scene, text: string): Promise<number> {
  const lines = (await say('exec', 'host', 'ps', '-o', 'args')).split('\n')
  return lines.filter((line) => line.includes(text) && !line.startsWith('ps ')).length
}

export const execCases: readonly RunCase[] = [
  {
    title: 'exec has the streams apart and the exit status of the command',
    check: async (scene) => {
      await startHost(scene)
      const script = 'echo out; echo err >&2; exit 7'
      const { status, stdout, stderr } = await scene.type(['exec', 'host', 'sh', '-c', script])
      assertEqual(status, 7, 'the exit status')
      assertEqual(stdout, 'out\n', 'standard output')
      assertEqual(stderr, 'err\n', 'standard error')
      const killed = await scene.type(['exec', 'host', 'sh', '-c', 'kill -9 $$'])
      assertEqual(killed.status, 137, 'the exit status of what is killed')
    },
  },
  {
    title: 'exec gives the command what it gives the container, unless it is told otherwise',
    check: async (scene) => {
      const { say } = scene
      await startHost(scene, '-e', 'A=1', '-e', 'B=2', '-w', '/var', '-u', 'worker')
      const script = 'id -un; pwd; echo $A $B $HOME; grep CapEff /proc/self/status | cut -f2'
      const before = await say('exec', 'host', 'sh', '-c', script)
      assertEqual(before.split('\n').slice(0, 4).join('|'), 'worker|/var|1 2 /home/worker|0000000000000000', 'as it is')
      const options = ['-e', 'B=3', '--workdir', '/tmp', '-u', '0:0']
      const other = await say('exec', ...options, 'host', 'sh', '-c', script)
      assertEqual(other.split('\n').slice(0, 4).join('|'), 'root|/tmp|1 3 /root|00000000a80425fb', 'otherwise')
    },
  },
  {
    title: 'exec -i sends standard input and its end; without -i there is none',
    check: async (scene) => {
      await startHost(scene)
      const input = 'x'.repeat(300_000)
      const sent = await scene.type(['exec', '-i', 'host', 'sh', '-c', 'wc -c; echo done'], { input })
      assertEqual(sent.stdout, '300000\ndone\n', 'what was counted')
      const none = await scene.type(['exec', 'host', 'wc', '-c'], { input })
      assertEqual(none.stdout, '0\n', 'what was counted without -i')
    },
  },
  {
    title: 'exec of what is not there ends with 127, of what cannot be executed with 126',
    notDocker: 'it has 126 for both, and says so on standard output',
    check: async (scene) => {
      await startHost(scene)
      await scene.fail({ status: 127, says: 'executable file not found in $PATH' }, 'exec', 'host', 'nothing')
      await scene.fail({ status: 127, says: 'no such file or directory' }, 'exec', 'host', '/bin/nothing')
      await scene.fail({ status: 126, says: 'permission denied' }, 'exec', 'host', '/etc/passwd')
      await scene.fail(
        { status: 125, says: 'unable to find user nobody-here: no matching entries in passwd file' },
        ...['exec', '-u', 'nobody-here', 'host', 'true'],
      )
    },
  },
  {
    title: 'exec in a container that does not run, or is not there, fails',
    check: async ({ say, fail }) => {
      const id = (await say('create', '--name', 'host', 'busybox', 'true')).trim()
      const failure = { status: 125, dockerStatus: 1 }
      await fail({ ...failure, says: `Container ${id} is not running` }, 'exec', 'host', 'true')
      await say('start', '-a', 'host')
      await fail({ ...failure, says: `Container ${id} is not running` }, 'exec', 'host', 'true')
      await fail({ ...failure, says: 'No such container: nobody' }, 'exec', 'nobody', 'true')
    },
  },
  {
    title: 'exec gives the command no descriptor but its streams, and no directory below /proc to begin in',
    notDocker: 'its runc has the descriptors of the daemon to keep apart',
    check: async (scene) => {
      await startHost(scene)
      const script = 'exec 9</etc/passwd; exec "$0" exec host sh -c "echo /proc/self/fd/*"'
      const command = scene.start([], { through: ['sh', '-c', script] })
      assertEqual(await command.ended(), 0, 'the exit status')
      // The fourth is of the directory that is being listed.
      const listed = command.stdout().trim().replaceAll('/proc/self/fd/', '')
      assertEqual(listed, '0 1 2 3', 'the descriptors')
      await scene.fail({ status: 125, says: 'no process may begin' }, 'exec', '-w', '/proc/self/fd/7', 'host', 'true')
    },
  },
  {
    title: 'exec --privileged is refused by name',
    notDocker: 'docker does it',
    check: async (scene) => {
      await startHost(scene)
      await scene.fail({ status: 2, says: '--privileged is not built yet' }, 'exec', '--privileged', 'host', 'true')
    },
  },
  {
    title: 'exec -d returns at once, and the command runs on',
    check: async (scene) => {
      await startHost(scene)
      const { say } = scene
      assertEqual(
        await say('exec', '-d', 'host', 'sh', '-c', 'sleep 1; echo $$ >/tmp/flag; sleep 612'),
        '',
        'its output',
      )
      await scene.until('written by the command', async () => {
        return (await scene.type(['exec', 'host', 'cat', '/tmp/flag'])).stdout !== ''
      })
      assertEqual(await countOf(scene, 'sleep 612'), 1, 'the number of commands')
    },
  },
  {
    title: 'exec ends with 137 when its container is removed',
    check: async (scene) => {
      await startHost(scene)
      const command = scene.start(['exec', 'host', 'sh', '-c', 'echo here; sleep 600'])
      await command.sees('here\n')
      await scene.say('rm', '-f', 'host')
      assertEqual(await command.ended(), 137, 'the exit status')
    },
  },
  {
    title: 'a signal that exec gets is the command’s, and ends it',
    notDocker: 'its exec leaves the command running and ends itself',
    check: async (scene) => {
      await startHost(scene)
      const command = scene.start([
        'exec',
        'host',
        'sh',
        '-c',
        'trap "echo told; exit 9" TERM; echo here; while :; do sleep 0.1; done',
      ])
      await command.sees('here\n')
      command.signal('SIGTERM')
      assertEqual(await command.ended(), 9, 'the exit status')
      assertEqual(command.stdout(), 'here\ntold\n', 'standard output')
    },
  },
  {
    title: 'a command of exec whose reader is gone ends, as the kernel would end it',
    notDocker: 'its exec leaves the command running',
    check: async (scene) => {
      await startHost(scene)
      const command = scene.start(['exec', 'host', 'yes', 'no end'])
      await command.sees('no end\n')
      command.closeOutput()
      assertEqual(await command.ended(), 141, 'the exit status')
      assertEqual(command.stderr(), '', 'standard error')
      await scene.until('ended', async () => (await countOf(scene, 'yes no end')) === 0)
    },
  },
  {
    title: 'a command of exec outlives an exec that is killed, and leaves nothing when it ends',
    check: async (scene) => {
      await startHost(scene)
      const command = scene.start([
        'exec',
        'host',
        'sh',
        '-c',
        'echo here; while [ ! -e /tmp/stop ]; do sleep 0.1; done; sleep 0.613',
      ])
      await command.sees('here\n')
      command.signal('SIGKILL')
      await command.ended()
      assertThat((await countOf(scene, '/tmp/stop')) > 0, 'it was ended')
      await scene.say('exec', 'host', 'touch', '/tmp/stop')
      await scene.until('ended', async () => (await countOf(scene, '/tmp/stop')) === 0)
      if (scene.engine === 'docker') return
      const [id = ''] = (await scene.say('ps', '-q', '--no-trunc')).split('\n')
      const kept = join(scene.home, 'containers', id, 'exec')
      await scene.until('cleared up', async () => (await readdir(kept)).length === 0)
    },
  },
  {
    title: 'exec -it is a terminal of the size of this one, and what is typed is the command’s',
    check: async (scene) => {
      await startHost(scene)
      const terminal = await scene.atTerminal('exec', '-it', 'host', 'sh')
      await terminal.sees('# ')
      terminal.type('stty size; echo "term=$TERM"\r')
      await terminal.sees('30 90')
      await terminal.sees('term=xterm')
      await terminal.resize({ columns: 70, rows: 20 })
      await scene.until('resized', async () => {
        terminal.type('stty size\r')
        return terminal.shown().includes('20 70')
      })
      terminal.type('sleep 600\r')
      // Ctrl-C ends what runs in the terminal, and not exec.
      await scene.until('ended by Ctrl-C', async () => {
        terminal.type('\x03')
        terminal.type('echo status-$?\r')
        return terminal.shown().includes('status-130')
      })
      terminal.type('exit 5\r')
      await assertEndsWith(terminal, 5)
    },
  },
]
