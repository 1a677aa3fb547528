import { describe, expect, test } from '@jest/globals'
import { capabilitiesWith } from '../capabilities.ts'
import { seccompProfile } from './profile.ts'

const profileWith = (...added: readonly string[]) => {
  const profile = seccompProfile(capabilitiesWith({ add: added }), 'x64')
  if (profile === undefined) throw new Error('there is none')
  return profile
}

/** What happens to a call, as `ALLOW`, `ALLOW if …` or an error number; 1 (EPERM) for what no rule names. */
function ruleFor(name: string, ...added: readonly string[]): readonly string[] {
  const rules = profileWith(...added).syscalls.filter(({ names }) => names.includes(name))
  if (rules.length === 0) return ['1']
  return rules.map(({ action, errnoRet, args = [] }) => {
    const what = action === 'SCMP_ACT_ALLOW' ? 'ALLOW' : String(errnoRet)
    const conditions = args.map(({ index, op, value, valueTwo }) =>
      `${index} ${op.slice(9)} ${value} ${valueTwo ?? ''}`.trim(),
    )
    return [what, ...conditions].join(' if ')
  })
}

describe('the seccomp policy', () => {
  test('refuses with EPERM what no rule names, for all ways of calling that the processor has', () => {
    expect(profileWith()).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    })
    expect(seccompProfile([], 'arm64')?.architectures).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'])
    expect(seccompProfile([], 'riscv64')).toBeUndefined()
  })

  test.each(['read', 'openat', 'execve', 'mmap', 'socketpair', 'futex', 'chown', 'ptrace', 'setuid', 'chroot'])(
    '%s is allowed',
    (name) => {
      expect(ruleFor(name)).toEqual(['ALLOW'])
    },
  )

  test.each([
    ...['mount', 'umount2', 'setns', 'unshare', 'bpf', 'open_by_handle_at', 'init_module', 'kexec_load', 'reboot'],
    ...[
      'swapon',
      'keyctl',
      'add_key',
      'request_key',
      'userfaultfd',
      'io_uring_setup',
      'settimeofday',
      'iopl',
      'syslog',
    ],
    ...['perf_event_open', 'pivot_root', 'acct', 'quotactl', 'lookup_dcookie', 'move_pages', 'nfsservctl', 'vm86'],
  ])('%s is not', (name) => {
    expect(ruleFor(name)).toEqual(['1'])
  })

  test.each([
    ['SYS_ADMIN', ['mount', 'unshare', 'setns', 'bpf', 'clone', 'clone3', 'sethostname', 'perf_event_open']],
    ['DAC_READ_SEARCH', ['open_by_handle_at']],
    ['SYS_MODULE', ['init_module', 'finit_module', 'delete_module']],
    ['SYS_BOOT', ['reboot']],
    ['SYS_PTRACE', ['kcmp', 'pidfd_getfd']],
    ['SYS_TIME', ['settimeofday', 'clock_settime']],
    ['SYS_RAWIO', ['iopl', 'ioperm']],
    ['SYS_NICE', ['mbind', 'set_mempolicy']],
    ['SYSLOG', ['syslog']],
    ['BPF', ['bpf']],
    ['PERFMON', ['perf_event_open']],
  ])('%s lets %j through', (capability, names) => {
    for (const name of names) expect(ruleFor(name, capability)).toEqual(['ALLOW'])
  })

  test('clone makes no namespace, and clone3, whose flags no filter sees, is as if the kernel had none', () => {
    expect(ruleFor('clone')).toEqual([`ALLOW if 0 MASKED_EQ ${0x7e020000} 0`])
    expect(ruleFor('clone3')).toEqual(['38'])
  })

  test('personality knows only the harmless ones, and sockets reach no virtual machine', () => {
    const values = [0, 8, 0x20000, 0x20008, 0xffffffff]
    expect(ruleFor('personality')).toEqual(values.map((value) => `ALLOW if 0 EQ ${value}`))
    expect(ruleFor('socket')).toEqual(['ALLOW if 0 NE 40'])
  })

  test('names no call twice with one condition', () => {
    for (const capabilities of [[], ['ALL']]) {
      const rules = profileWith(...capabilities).syscalls.flatMap(({ names, args }) =>
        names.map((name) => `${name} ${JSON.stringify(args ?? [])}`),
      )
      expect(
        rules
          .filter((rule, index) => rules.indexOf(rule) !== index)
          .filter((rule) => !/^(bpf|perf_event_open|syslog) /.test(rule)),
      ).toEqual([])
    }
  })
})
