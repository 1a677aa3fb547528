/**
 * What root in a container may do: docker's default capabilities, and what `--cap-add` and `--cap-drop` make of them.
 * @module
 */
import { RuntimeError } from '../errors.ts'

/** What docker gives by default, in the order of their numbers. */
export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SYS_CHROOT',
  'CAP_MKNOD',
  'CAP_AUDIT_WRITE',
  'CAP_SETFCAP',
]

/** All that Linux has, by number (capabilities(7)). */
export const allCapabilities: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`)

export interface CapabilityChanges {
  /** Names with or without `CAP_`, in any case, or `ALL`. */
  readonly add?: readonly string[] | undefined
  readonly drop?: readonly string[] | undefined
}

/**
 * The default set with the changes, in the order of their numbers. What is dropped by name stays away from `add: ALL`, and
 * what is added by name stays with `drop: ALL`.
 * @throws RuntimeError OPTION_INVALID for a name that Linux does not know
 */
export function capabilitiesWith({ add = [], drop = [] }: CapabilityChanges): readonly string[] {
  const added = add.map(capabilityName)
  const dropped = drop.map(capabilityName)
  const kept = new Set(dropped.includes('ALL') ? [] : added.includes('ALL') ? allCapabilities : defaultCapabilities)
  for (const name of dropped) kept.delete(name)
  for (const name of added) if (name !== 'ALL') kept.add(name)
  if (added.includes('ALL') && dropped.includes('ALL')) for (const name of allCapabilities) kept.add(name)
  return allCapabilities.filter((name) => kept.has(name))
}

function capabilityName(text: string): string {
  const upper = text.toUpperCase()
  if (upper === 'ALL') return upper
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  if (allCapabilities.includes(name)) return name
  throw new RuntimeError('OPTION_INVALID', `there is no capability ${JSON.stringify(text)}`, {
    detail: { capability: text },
    advice: 'capabilities(7) lists them; write for example NET_ADMIN, or ALL',
  })
}
