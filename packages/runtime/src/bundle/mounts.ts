/**
 * What is mounted in every container, and what the user mounts on top: all in the container's own mount namespace.
 * @module
 */
import type { RuntimeMount } from '@tsreg/oci/runtime'

/** Something of this machine, or memory, seen in the container. */
export interface ContainerMount {
  readonly kind: 'bind' | 'tmpfs' | 'volume'
  /** Absolute path of this machine; empty for memory. */
  readonly source: string
  /** Absolute, in the container. */
  readonly destination: string
  readonly readOnly: boolean
  /** Further options, as mount(8) takes them. */
  readonly options: readonly string[]
}

/** Docker's own mounts. */
export const systemMounts: readonly RuntimeMount[] = [
  mount('/proc', 'proc', 'proc', 'nosuid,noexec,nodev'),
  mount('/dev', 'tmpfs', 'tmpfs', 'nosuid,strictatime,mode=755,size=65536k'),
  mount('/dev/pts', 'devpts', 'devpts', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5'),
  mount('/sys', 'sysfs', 'sysfs', 'nosuid,noexec,nodev,ro'),
  mount('/sys/fs/cgroup', 'cgroup', 'cgroup', 'nosuid,noexec,nodev,relatime,ro'),
  mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid,noexec,nodev'),
  mount('/dev/shm', 'tmpfs', 'shm', 'nosuid,noexec,nodev,mode=1777,size=67108864'),
]

/** The files of a network that the container gets from us: writable, and none of them part of its layers. */
export function networkFileMounts(files: Readonly<Record<string, string>>, readOnly: boolean): readonly RuntimeMount[] {
  return Object.entries(files).map(([destination, source]) =>
    mount(destination, 'bind', source, readOnly ? 'bind,rprivate,ro' : 'bind,rprivate'),
  )
}

/**
 * The user's mounts, outer directories before what is mounted in them. The OCI runtime looks their destinations up in the
 * root file system without leaving it.
 */
export function userMounts(mounts: readonly ContainerMount[]): readonly RuntimeMount[] {
  const depth = ({ destination }: ContainerMount) => destination.split('/').filter(Boolean).length
  return mounts.toSorted((a, b) => depth(a) - depth(b)).map(userMount)
}

function userMount({ kind, source, destination, readOnly, options }: ContainerMount): RuntimeMount {
  const access = readOnly ? ['ro'] : []
  if (kind === 'tmpfs') {
    const defaults = ['noexec', 'nosuid', 'nodev'].filter((option) => !options.includes(option.slice(2)))
    return { destination, type: 'tmpfs', source: 'tmpfs', options: [...defaults, ...options, ...access] }
  }
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', ...options, ...access] }
}

function mount(destination: string, type: string, source: string, options: string): RuntimeMount {
  return { destination, type, source, options: options.split(',') }
}
