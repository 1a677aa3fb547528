/**
 * The seccomp section of config.json (runtime-spec 1.0.2, "Seccomp") for a container's capabilities and this machine.
 * @module
 */
import type { RuntimeSeccomp, RuntimeSyscallArgument, RuntimeSyscalls } from '@tsreg/oci/runtime'
import { type SyscallArgument, type SyscallRow, syscallRows } from './table.ts'

const eperm = 1

const architectures: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
}

/**
 * Undefined on an architecture that the policy does not cover: seccomp is off there, as with docker.
 * @param architecture in Node's names, `x64`
 */
export function seccompProfile(capabilities: readonly string[], architecture: string): RuntimeSeccomp | undefined {
  const known = architectures[architecture]
  if (known === undefined) return undefined
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: eperm,
    architectures: known,
    syscalls: syscallRows.filter((row) => applies(row, capabilities, architecture)).map(syscallsOf),
  }
}

function applies(row: SyscallRow, capabilities: readonly string[], architecture: string): boolean {
  if (row.withCapability !== undefined && !capabilities.includes(row.withCapability)) return false
  if (row.withoutCapability !== undefined && capabilities.includes(row.withoutCapability)) return false
  return row.architectures === undefined || row.architectures.includes(architecture)
}

function syscallsOf({ names, argument, errno }: SyscallRow): RuntimeSyscalls {
  return {
    names: names.split(' '),
    action: errno === undefined ? 'SCMP_ACT_ALLOW' : 'SCMP_ACT_ERRNO',
    ...(errno === undefined ? {} : { errnoRet: errno }),
    ...(argument === undefined ? {} : { args: [argumentOf(argument)] }),
  }
}

function argumentOf({ index, value, is = 'equal' }: SyscallArgument): RuntimeSyscallArgument {
  switch (is) {
    case 'equal':
      return { index, value, op: 'SCMP_CMP_EQ' }
    case 'not-equal':
      return { index, value, op: 'SCMP_CMP_NE' }
    case 'masked':
      // runtime-spec: `value` is the mask, `valueTwo` what is left under it.
      return { index, value, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }
  }
}
