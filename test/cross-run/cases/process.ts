/**
 * What a process sees of its container, and how it ends.
 * @module
 */

import { text } from '../../differential/cases/text.ts'
import type { RunCase } from '../run-case.ts'

const plain = text`
  FROM base/busybox
  RUN echo text > /not-executable
`

const ends = (name: string, status: number, command: readonly string[]): RunCase => ({
  name: `ends-${name}`,
  dockerfile: plain,
  command,
  status,
})

export const processCases: readonly RunCase[] = [
  ends('with-0', 0, ['true']),
  ends('with-1', 1, ['false']),
  ends('with-13', 13, ['sh', '-c', 'echo out; echo err >&2; exit 13']),
  ends('with-126', 126, ['sh', '-c', 'exit 126']),
  ends('with-127', 127, ['sh', '-c', 'no-such-program']),
  ends('with-255', 255, ['sh', '-c', 'exit 255']),
  ends('by-a-signal-to-a-child', 143, ['sh', '-c', 'sh -c "kill -TERM \\$\\$"; exit $?']),
  ends('by-a-signal-to-itself', 137, ['sh', '-c', 'sh -c "kill -KILL \\$\\$"; exit $?']),
  { ...ends('not-found', 127, ['/no/such/program']), ownWords: true },
  { ...ends('not-found-on-the-path', 127, ['no-such-program']), ownWords: true },
  { ...ends('not-executable', 126, ['/not-executable']), ownWords: true },
  { ...ends('a-directory', 126, ['/etc']), ownWords: true },
  {
    name: 'streams-apart',
    dockerfile: plain,
    command: ['sh', '-c', 'echo out 1; echo err 1 >&2; echo out 2; printf "no line end" >&2'],
  },
  {
    name: 'streams-binary-and-large',
    dockerfile: plain,
    command: ['sh', '-c', "printf '\\001\\002\\r\\n\\033[1m'; seq 1 100000; seq 1 20000 >&2"],
  },
  { name: 'input', dockerfile: plain, flags: ['-i'], command: ['sh', '-c', 'cat; wc -c'], input: 'one\ntwo\n' },
  { name: 'input-not-asked-for', dockerfile: plain, command: ['wc', '-c'], input: 'never read\n' },
  { name: 'hostname', dockerfile: plain, flags: ['--hostname=some-host'], command: ['hostname'] },
  {
    name: 'read-only',
    dockerfile: plain,
    flags: ['--read-only'],
    command: ['sh', '-c', 'touch /file; echo $?; touch /dev/shm/file; echo $?'],
    status: 0,
  },
  {
    name: 'tmpfs',
    dockerfile: plain,
    flags: ['--tmpfs=/scratch'],
    command: ['sh', '-c', 'touch /scratch/file && ls /scratch && grep " /scratch " /proc/mounts | cut -d " " -f 3'],
  },
  {
    name: 'capabilities',
    dockerfile: plain,
    command: ['grep', '^Cap', '/proc/self/status'],
    notPodman: 'its default capabilities are fewer',
  },
  {
    name: 'capabilities-of-a-user',
    dockerfile: plain,
    flags: ['--user=worker'],
    command: ['grep', '^Cap', '/proc/self/status'],
    notPodman: 'its default capabilities are fewer',
  },
  {
    name: 'capabilities-dropped-and-added',
    dockerfile: plain,
    flags: ['--cap-drop=ALL', '--cap-add=CHOWN', '--cap-add=NET_ADMIN'],
    command: ['sh', '-c', 'grep -E "^Cap(Prm|Eff|Bnd)" /proc/self/status'],
  },
  {
    name: 'seccomp-and-privileges',
    dockerfile: plain,
    command: ['sh', '-c', 'grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'],
  },
  {
    name: 'user-namespaces-are-refused',
    dockerfile: plain,
    command: ['sh', '-c', 'unshare -U true 2> /dev/null; echo $?'],
    notPodman: 'its seccomp profile lets them be made',
  },
  {
    name: 'setuid-program',
    dockerfile: text`
      FROM base/debian
      RUN cp /usr/bin/id /usr/bin/root-id && chmod 4755 /usr/bin/root-id
      USER daemon
      CMD ["root-id"]
    `,
  },
  {
    name: 'masked-paths',
    dockerfile: plain,
    command: [
      'sh',
      '-c',
      'for path in kcore keys timer_list sched_debug; do wc -c < /proc/$path; done; echo x > /proc/sys/kernel/domainname; echo $?',
    ],
    ownWords: true,
  },
  {
    name: 'devices',
    dockerfile: plain,
    command: [
      'sh',
      '-c',
      'ls /dev; stat -c "%a %t:%T" /dev/null /dev/zero /dev/tty; readlink /dev/stdin; readlink /dev/ptmx',
    ],
  },
  {
    name: 'first-process',
    dockerfile: plain,
    // The shell itself counts: of a pipe, the second process may or may not be there when the first one looks.
    command: ['sh', '-c', 'echo $$; set -- /proc/[0-9]*; echo $#; umask; cat /proc/1/comm; ls /sys/class/net'],
  },
  {
    name: 'file-systems',
    dockerfile: plain,
    command: [
      'sh',
      '-c',
      'cut -d " " -f 2,3 /proc/mounts | grep -E "^/(proc|sys|dev|dev/pts|dev/shm|dev/mqueue) " | sort; test -w /sys/kernel; echo $?',
    ],
  },
]
