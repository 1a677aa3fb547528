/**
 * The life of a container: made, started, looked at, started again, removed.
 * @module
 */

import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase } from '../run-case.ts'

export const lifeCases: readonly RunCase[] = [
  {
    title: 'create prints the ID and runs nothing; start runs it and echoes what was typed',
    check: async ({ say, directory }) => {
      const shown = ['-v', `${directory}:/data`]
      const id = await say('create', '--name', 'job', ...shown, 'busybox', 'touch', '/data/done')
      assertThat(/^[0-9a-f]{64}\n$/.test(id), `it prints ${id}`)
      assertEqual(await say('ps', '-a', '--format', '{{.Names}} {{.Status}}'), 'job Created\n', 'the list')
      assertEqual(await exists(join(directory, 'done')), false, 'that it ran')
      assertEqual(await say('start', 'job'), 'job\n', 'the output')
      assertEqual(await say('wait', id.slice(0, 12)), '0\n', 'the exit code')
      assertEqual(await exists(join(directory, 'done')), true, 'that it ran')
    },
  },
  {
    title: 'start -a shows what it prints, on both streams, and ends with its exit code',
    check: async ({ say, type }) => {
      await say('create', '--name', 'job', 'busybox', 'sh', '-c', 'echo out; echo err >&2; exit 5')
      for (let times = 0; times < 2; times += 1) {
        const { status, stdout, stderr } = await type(['start', '-a', 'job'])
        assertEqual(`${status} ${stdout}${stderr}`, '5 out\nerr\n', 'status and output')
      }
    },
  },
  {
    title: 'start -i gives it standard input when it was made with -i, and only then',
    check: async ({ say, type }) => {
      await say('create', '-i', '--name', 'reader', 'busybox', 'cat')
      await say('create', '--name', 'deaf', 'busybox', 'cat')
      for (const [name, expected] of [
        ['reader', 'typed\n'],
        ['deaf', ''],
      ] as const) {
        const { status, stdout } = await type(['start', '-a', '-i', name], { input: 'typed\n' })
        assertEqual(`${status} ${stdout}`, `0 ${expected}`, `status and output of ${name}`)
      }
    },
  },
  {
    title: 'start of an exited container runs it once more, with the files that it left',
    check: async ({ say }) => {
      const script = 'echo run >> /runs; wc -l < /runs; [ "$(wc -l < /runs)" = 3 ]'
      await say('create', '--name', 'counter', 'busybox', 'sh', '-c', script)
      const codes: string[] = []
      for (let times = 0; times < 3; times += 1) {
        await say('start', 'counter')
        codes.push((await say('wait', 'counter')).trim())
      }
      assertEqual(codes.join(' '), '1 1 0', 'the exit codes')
      assertEqual(await say('inspect', '--format', '{{.State.ExitCode}}', 'counter'), '0\n', 'the last exit code')
    },
  },
  {
    title: 'start of a stopped container, of a killed one, and of one that runs',
    check: async ({ say }) => {
      const pid = () => say('inspect', '--format', '{{.State.Running}} {{.State.Pid}}', 'server')
      const pids = new Set<string>()
      await say('run', '-d', '--name', 'server', 'busybox', 'sh', '-c', 'trap "exit 0" TERM; sleep 600 & wait')
      pids.add(await pid())
      for (const [verb, code] of [
        ['stop', '0'],
        ['kill', '137'],
      ] as const) {
        await say(verb, 'server')
        assertEqual(await say('wait', 'server'), `${code}\n`, 'the exit code')
        assertEqual(await pid(), 'false 0\n', 'that it runs')
        await say('start', 'server')
        pids.add(await pid())
      }
      assertEqual(await say('start', 'server'), 'server\n', 'the output')
      pids.add(await pid())
      assertEqual(pids.size, 3, 'the number of processes that it was')
      for (const each of pids) assertThat(/^true [1-9]\d*\n$/.test(each), `a process is ${each}`)
    },
  },
  {
    title: 'several starts at once run it once',
    check: async ({ say }) => {
      await say('create', '--name', 'job', 'busybox', 'sh', '-c', 'echo run >> /runs; wc -l < /runs; sleep 600')
      const starts = Array.from({ length: 4 }, () => say('start', 'job'))
      assertEqual((await Promise.all(starts)).join(''), 'job\njob\njob\njob\n', 'the output')
      let printed = ''
      for (let tries = 0; printed === '' && tries < 200; tries += 1) printed = await say('logs', 'job')
      assertEqual(printed, '1\n', 'what it printed')
    },
  },
  {
    title: 'a start that is killed, whenever it is, keeps no later one from running it',
    check: async ({ say, type }) => {
      await say('create', '--name', 'job', 'busybox', 'sleep', '600')
      for (let timeoutMs = 60; timeoutMs <= 600; timeoutMs += 60) {
        await type(['start', 'job'], { timeoutMs })
        await type(['kill', 'job'])
        await say('wait', 'job')
      }
      await say('start', 'job')
      assertEqual(await say('inspect', '--format', '{{.State.Running}}', 'job'), 'true\n', 'that it runs')
    },
  },
  {
    title: 'start with a command that is not there says so, and the container stays to be looked at',
    check: async ({ say, fail }) => {
      await say('create', '--name', 'wrong', 'busybox', 'no-such-program')
      const says = 'exec: "no-such-program": executable file not found in $PATH'
      await fail({ status: 127, says, dockerStatus: 1 }, 'start', 'wrong')
      const format = '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}'
      const told = await say('inspect', '--format', format, 'wrong')
      assertThat(told.startsWith('created 127 ') && told.includes(says), `it tells ${told}`)
      await say('rm', 'wrong')
    },
  },
  {
    title: 'create --rm is removed when it has run, and when it cannot be started',
    check: async ({ say, fail, type }) => {
      await say('create', '--rm', '--name', 'once', 'busybox', 'true')
      await say('create', '--rm', '--name', 'wrong', 'busybox', 'no-such-program')
      assertEqual(await say('ps', '-a', '--format', '{{.Names}}'), 'wrong\nonce\n', 'the list')
      assertEqual((await type(['start', '-a', 'once'])).status, 0, 'the exit status')
      await fail({ status: 127, says: 'no-such-program', dockerStatus: 1 }, 'start', 'wrong')
      assertEqual(await say('ps', '-a', '--format', '{{.Names}}'), '', 'the list')
    },
  },
  {
    title: 'a directory that -v shows is made again when it is gone at a later start',
    check: async ({ say, directory }) => {
      const shown = join(directory, 'shown')
      await say('create', '--name', 'job', '-v', `${shown}:/data`, 'busybox', 'touch', '/data/done')
      assertEqual(await exists(shown), false, 'that the directory is there')
      for (let times = 0; times < 2; times += 1) {
        await say('start', 'job')
        await say('wait', 'job')
        assertEqual(await exists(join(shown, 'done')), true, 'that it ran')
        await rm(shown, { recursive: true })
      }
    },
  },
  {
    title: 'what cannot be mounted is told, and start works when it can',
    check: async ({ say, fail, directory }) => {
      const shown = join(directory, 'shown')
      await mkdir(shown)
      await say('create', '--name', 'job', '-v', `${shown}:/etc/passwd`, 'busybox', 'true')
      await fail({ status: 125, says: /not a directory/i, dockerStatus: 1 }, 'start', 'job')
      await rm(shown, { recursive: true })
    },
  },
  {
    title: 'rm refuses a running container, and rm -f removes it',
    check: async ({ say, fail }) => {
      const id = (await say('run', '-d', '--name', 'server', 'busybox', 'sleep', '600')).trim()
      const says = `You cannot remove a running container ${id}. Stop the container before attempting removal`
      await fail({ status: 8, says: `${says} or force remove`, dockerStatus: 1 }, 'rm', 'server')
      assertEqual(await say('rm', '-f', 'server'), 'server\n', 'the output')
      assertEqual(await say('ps', '-a', '-q'), '', 'the list')
    },
  },
]

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
