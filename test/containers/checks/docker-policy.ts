/**
 * What a container may do, beside docker 20.10: both are asked for one with the same options, and the `config.json` that
 * each gives to runc is compared by what it means: seccomp policy, capabilities, hidden and protected paths, mounts.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, run } from '../../harness/command.ts'
import { type DockerDaemon, startDockerDaemon } from '../../harness/docker-daemon.ts'
import { unmountBelow } from '../../harness/mounts.ts'
import { assertThat } from '../../harness/report.ts'
import { toolPath } from '../../harness/tools.ts'
import type { Home } from '../home.ts'
import type { Stage } from '../stage.ts'
import { callsOf, type Document, pathsAndRights } from './policy.ts'

/** Options for both; the seccomp policy depends on the capabilities. */
const optionSets: readonly (readonly string[])[] = [
  [],
  ['--cap-add', 'SYS_PTRACE', '--cap-add', 'SYS_NICE', '--cap-add', 'DAC_READ_SEARCH'],
  ['--cap-add', 'SYS_ADMIN', '--cap-drop', 'CHOWN'],
  ['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN'],
]

/** Calls whose rule is another one than docker 20.10's, on purpose. */
const differences: readonly { readonly calls: string; readonly reason: string }[] = [
  {
    calls: 'io_uring_enter io_uring_register io_uring_setup',
    reason: 'a way around the policy; docker 25 took them out',
  },
  { calls: 'socket', reason: 'not to virtual machines (AF_VSOCK): docker 25 closed that' },
  {
    calls:
      'fchmodat2 futex_requeue futex_wait futex_wake lsm_get_self_attr lsm_list_modules lsm_set_self_attr ' +
      'map_shadow_stack mseal quotactl_fd memfd_secret process_mrelease futex_waitv landlock_add_rule ' +
      'landlock_create_ruleset landlock_restrict_self epoll_pwait2 mount_setattr set_mempolicy_home_node',
    reason: 'newer than docker 20.10, allowed by docker since',
  },
  { calls: 'pkey_alloc pkey_free pkey_mprotect name_to_handle_at', reason: 'harmless: docker allows them since' },
  {
    calls: 'process_vm_readv process_vm_writev',
    reason: 'as ptrace, which docker 20.10 allows; docker allows them since',
  },
  { calls: 'readdir', reason: 'the getdents of old programs' },
]

/** Each with the reason; docker 20.10 shows both. */
const moreHidden = new Set(['/proc/interrupts', '/sys/devices/virtual/powercap'])

export async function checkDockerPolicy({ home, report }: Stage): Promise<void> {
  const directory = join(home.directory, 'docker')
  const daemon = await startDockerDaemon(directory)
  try {
    await importImage(daemon, directory)
    for (const options of optionSets) {
      await report.check(
        `what a container may do is what docker gives: ${options.join(' ') || 'no options'}`,
        async () => {
          const theirs = await documentOfDocker(daemon, directory, options)
          const ours = await documentOfTsreg(home, options)
          compareCalls(theirs, ours)
          comparePaths(theirs, ours)
        },
      )
    }
  } finally {
    await daemon.stop()
    await unmountBelow(directory)
  }
}

async function importImage({ program, env }: DockerDaemon, directory: string): Promise<void> {
  const archive = join(directory, 'root.tar')
  await run(['tar', '-C', toolPath('busybox').replace(/\/busybox$/, ''), '-cf', archive, 'busybox'])
  await run([program, 'import', archive, 'little'], { env })
}

async function documentOfDocker({ program, env }: DockerDaemon, directory: string, options: readonly string[]) {
  const arguments_ = ['run', '-d', '--network=host', '--hostname=box', ...options, 'little', '/busybox', 'sleep', '600']
  const id = await run([program, ...arguments_], { env })
  try {
    const found = await run(['find', join(directory, 'exec'), '-path', `*/${id}/config.json`])
    return JSON.parse(await readFile(found.split('\n')[0] ?? '', 'utf8')) as Document
  } finally {
    await attempt([program, 'rm', '-f', id], { env })
  }
}

async function documentOfTsreg(home: Home, options: readonly string[]): Promise<Document> {
  const id = await home.run('run', '-d', '--hostname=box', ...options, home.image, 'sleep', '600')
  try {
    return JSON.parse(await readFile(join(home.path, 'containers', id, 'config.json'), 'utf8'))
  } finally {
    await home.run('rm', '-f', id)
  }
}

function compareCalls(theirs: Document, ours: Document): void {
  const [expected, found] = [callsOf(theirs), callsOf(ours)]
  const known = new Set(differences.flatMap(({ calls }) => calls.split(' ')))
  const other = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => expected.get(name) !== found.get(name) && !known.has(name))
    .map((name) => `${name} is ${found.get(name) ?? 'refused'}, with docker ${expected.get(name) ?? 'refused'}`)
  assertThat(other.length === 0, other.join('\n    '))
}

function comparePaths(theirs: Document, ours: Document): void {
  const [expected, found] = [pathsAndRights(theirs), pathsAndRights(ours)]
  const hidden = found.hidden.filter((path) => !moreHidden.has(path))
  for (const [what, value] of Object.entries({ ...found, hidden })) {
    const wanted = expected[what as keyof typeof expected]
    assertThat(
      JSON.stringify(value) === JSON.stringify(wanted),
      `${what} is ${JSON.stringify(value)}, with docker ${JSON.stringify(wanted)}`,
    )
  }
}
