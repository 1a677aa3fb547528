/**
 * Limits of memory, processors and processes: what the kernel holds a container to.
 * @module
 */

import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase } from '../run-case.ts'

/** Prints the first of the files that is there: cgroups of version 1, then of version 2. */
function firstOf(...files: readonly string[]): readonly string[] {
  return ['sh', '-c', `for file in ${files.join(' ')}; do [ -f $file ] && exec cat $file; done; exit 9`]
}

export const limitCases: readonly RunCase[] = [
  {
    title: '--memory is the limit of the cgroup',
    check: async ({ say }) => {
      const files = ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory.max']
      const seen = await say('run', '--rm', '--memory', '32m', 'busybox', ...firstOf(...files))
      assertEqual(seen, `${32 * 1024 * 1024}\n`, 'the limit')
    },
  },
  {
    title: '--memory of less than docker allows is refused',
    check: ({ fail }) =>
      fail(
        { status: 125, says: 'Minimum memory limit allowed is 6MB' },
        ...['run', '--rm', '--memory', '5m', 'busybox', 'true'],
      ),
  },
  {
    title: 'a process that wants more than --memory is killed, and inspect says for want of what',
    check: async ({ type, say }) => {
      const command = ['sh', '-c', 'head -c 200000000 /dev/zero | tail -c 199999999 >/dev/null; exit $((128 + 9))']
      const { status } = await type(['run', '--name', 'hungry', '--memory', '16m', 'busybox', ...command])
      assertEqual(status, 137, 'the exit status')
      const told = await say('inspect', '--format', '{{.State.OOMKilled}} {{.State.ExitCode}}', 'hungry')
      assertEqual(told, 'true 137\n', 'what is told')
    },
  },
  {
    title: '--cpus is the quota of the cgroup',
    check: async ({ say }) => {
      const files = ['/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu.max']
      const seen = await say('run', '--rm', '--cpus', '0.5', 'busybox', ...firstOf(...files))
      assertThat(/^50000( 100000)?\n$/.test(seen), `the quota is ${seen}`)
    },
  },
  {
    title: '--memory 0, --cpus 0 and --pids-limit -1 are no limits',
    check: async ({ say }) => {
      const flags = ['--memory', '0', '--cpus', '0', '--pids-limit', '-1', '--name', 'free']
      await say('create', ...flags, 'busybox', 'true')
      const told = await say('inspect', '--format', '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}', 'free')
      assertEqual(told, '0 0\n', 'the limits')
      await say('start', 'free')
      assertEqual(await say('wait', 'free'), '0\n', 'the exit code')
    },
  },
  {
    title: '--cpus of more than there are is refused',
    check: async ({ fail }) => {
      const says = /Range of CPUs is from 0\.01 to \d+\.00, as there are only \d+ CPUs available/
      await fail({ status: 125, says }, 'run', '--rm', '--cpus', '100000', 'busybox', 'true')
    },
  },
  {
    title: '--cpus of none, and --pids-limit of no number, are refused',
    check: async ({ fail }) => {
      await fail(
        { status: 125, says: 'invalid argument "none" for' },
        'run',
        '--rm',
        '--cpus',
        'none',
        'busybox',
        'true',
      )
      await fail(
        { status: 125, says: 'invalid argument "many" for' },
        ...['run', '--rm', '--pids-limit', 'many', 'busybox', 'true'],
      )
    },
  },
  {
    title: '--pids-limit is the limit of the cgroup, and no more processes can be made',
    check: async ({ type, say }) => {
      const files = ['/sys/fs/cgroup/pids/pids.max', '/sys/fs/cgroup/pids.max']
      assertEqual(await say('run', '--rm', '--pids-limit', '20', 'busybox', ...firstOf(...files)), '20\n', 'the limit')
      const script = 'for n in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; echo all'
      const { stdout, stderr, status } = await type(['run', '--rm', '--pids-limit', '5', 'busybox', 'sh', '-c', script])
      assertThat(status !== 0 && stdout === '', `it ends with ${status} and prints ${stdout}`)
      assertThat(stderr.includes("can't fork"), `it says ${stderr}`)
    },
  },
]
