/**
 * What containers have said: `logs`.
 * @module
 */

import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase } from '../run-case.ts'

/** Says every number below `count` on a line. */
function counting(count: number): readonly string[] {
  return ['sh', '-c', `i=0; while [ $i -lt ${count} ]; do echo $i; i=$((i+1)); done`]
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, at) => `${at}\n`).join('')
}

export const logCases: readonly RunCase[] = [
  {
    title: 'logs has standard output and standard error apart, to the byte',
    check: async ({ say, type }) => {
      const script = 'printf "a\\nb"; echo e >&2; sleep 0.3; printf "c\\n\\n\\r\\001d"; echo f >&2'
      await say('run', '-d', '--name', 'talker', 'busybox', 'sh', '-c', script)
      await say('wait', 'talker')
      const { status, stdout, stderr } = await type(['logs', 'talker'])
      assertEqual(status, 0, 'the exit status')
      assertEqual(JSON.stringify(stdout), JSON.stringify('a\nbc\n\n\r\x01d'), 'standard output')
      assertEqual(stderr, 'e\nf\n', 'standard error')
    },
  },
  {
    title: 'logs --tail has the last lines, and -t their times',
    check: async ({ say, type }) => {
      await say('run', '-d', '--name', 'talker', 'busybox', ...counting(5000))
      await say('wait', 'talker')
      assertEqual(await say('logs', '--tail', '2', 'talker'), '4998\n4999\n', 'the last two lines')
      assertEqual(await say('logs', '-n', '0', 'talker'), '', 'the last no lines')
      assertEqual((await say('logs', '--tail', 'all', 'talker')).split('\n').length, 5001, 'the number of all lines')
      const stamped = await say('logs', '-t', '--tail', '1', 'talker')
      const [, time = '', text] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (.*)\n$/.exec(stamped) ?? []
      assertEqual(text, '4999', 'the line behind its time')
      assertThat(Math.abs(Date.now() - Date.parse(time)) < 600_000, `${time} is not now`)
      const since = await type(['logs', '--since', time, '--tail', '3', 'talker'])
      assertThat(since.stdout.endsWith('4999\n'), `since ${time}: ${since.stdout}`)
      assertEqual(await say('logs', '--since', '2100-01-01T00:00:00Z', 'talker'), '', 'what is said in times to come')
    },
  },
  {
    title: 'logs -f loses nothing and doubles nothing, whenever it begins, and ends with the container',
    notDocker: 'it ends before the last lines when the container ends',
    check: async ({ say, start }) => {
      const count = 20_000
      await say('run', '-d', '--name', 'talker', 'busybox', ...counting(count))
      const followers = []
      for (let at = 0; at < 4; at += 1) {
        const follower = start(['logs', '-f', 'talker'])
        await follower.sees(/^\d+\n/)
        followers.push(follower)
      }
      for (const follower of followers) {
        assertEqual(await follower.ended(), 0, 'the exit status')
        assertThat(follower.stdout() === numbers(count), `it is not the numbers: ${follower.stdout().slice(-200)}`)
      }
    },
  },
  {
    title: 'logs -f of a container that is removed ends',
    check: async ({ say, start }) => {
      await say('run', '-d', '--name', 'talker', 'busybox', 'sh', '-c', 'echo hello; sleep 600')
      const follower = start(['logs', '-f', 'talker'])
      await follower.sees('hello\n')
      await say('rm', '-f', 'talker')
      assertEqual(await follower.ended(), 0, 'the exit status')
      assertEqual(follower.stdout(), 'hello\n', 'standard output')
    },
  },
  {
    title: 'logs of a container that runs again has what it said before as well',
    check: async ({ say }) => {
      await say('run', '-d', '--name', 'talker', 'busybox', 'echo', 'again')
      await say('wait', 'talker')
      await say('start', 'talker')
      await say('wait', 'talker')
      assertEqual(await say('logs', 'talker'), 'again\nagain\n', 'the log')
    },
  },
  {
    title: 'logs of a container that never ran is empty; of none it fails',
    check: async ({ say, fail }) => {
      await say('create', '--name', 'silent', 'busybox', 'true')
      assertEqual(await say('logs', '-f', 'silent'), '', 'the log')
      await fail({ status: 3, dockerStatus: 1, says: 'No such container: nobody' }, 'logs', 'nobody')
    },
  },
  {
    title: 'logs are kept also where there is a colon in the way to them',
    notDocker: 'its directories are not ours to name',
    check: async ({ type, directory, home }) => {
      const other = join(directory, 'a:b')
      await cp(home, other, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !path.endsWith('/containers'),
      })
      const env = { TSREG_HOME: other }
      const ran = await type(['run', '--name', 'talker', 'busybox', 'echo', 'hello'], { env })
      assertEqual(ran.stdout, 'hello\n', 'what it says')
      assertEqual((await type(['logs', 'talker'], { env })).stdout, 'hello\n', 'the log')
      await type(['rm', 'talker'], { env })
    },
  },
  {
    title: 'logs for a slow reader takes no more memory than for a fast one',
    notDocker: 'its daemon is not ours to weigh',
    check: async ({ say, start }) => {
      const [lines, limit] = [400_000, 192 * 1024 * 1024]
      const text = 'x'.repeat(120)
      await say('run', '-d', '--name', 'talker', 'busybox', 'sh', '-c', `yes ${text} | head -n ${lines}`)
      await say('wait', 'talker')
      const reader = start(['logs', 'talker'], { isRead: false })
      await reader.isIdle()
      const peak = reader.peakMemory()
      reader.closeOutput()
      assertEqual(await reader.ended(), 141, 'the exit status when nobody reads')
      assertThat(peak < limit, `${peak} bytes of memory`)
      return `${Math.round(peak / 1024 / 1024)} MiB for a log of ${Math.round((lines * 165) / 1024 / 1024)} MiB`
    },
  },
  {
    title: 'SIGTERM ends logs that nobody takes',
    notDocker: 'its status is of its own',
    check: async ({ say, start }) => {
      await say('run', '-d', '--name', 'talker', 'busybox', 'head', '-c', '3000000', '/dev/zero')
      await say('wait', 'talker')
      const reader = start(['logs', 'talker'], { isRead: false })
      await reader.isIdle()
      reader.signal('SIGTERM')
      assertEqual(await reader.ended(), 143, 'the exit status')
    },
  },
]
