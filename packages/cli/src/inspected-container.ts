/**
 * What `inspect` tells of a container: docker's fields, as far as there is something to tell.
 * @module
 */
import type { Container, ContainerMount } from '@tsreg/runtime'

/**
 * Fields in the order in which docker prints them.
 * @param directory with all containers
 */
export function inspectedContainer({ record, state }: Container, directory: string) {
  const own = `${directory}/${record.id}`
  const [path = '', ...args] = [...record.process.entrypoint, ...record.process.command]
  return {
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: stateFields(state),
    /** The image ID: the digest of the config, always. */
    Image: record.image.id,
    ResolvConfPath: `${own}/resolv.conf`,
    HostnamePath: `${own}/hostname`,
    HostsPath: `${own}/hosts`,
    LogPath: `${own}/log`,
    Name: `/${record.name}`,
    RestartCount: 0,
    Platform: 'linux',
    HostConfig: hostFields(record),
    Mounts: record.host.mounts.filter(({ kind }) => kind !== 'tmpfs').map(mountFields),
    Config: configFields(record),
    NetworkSettings: { Ports: {}, IPAddress: '', Networks: { [record.host.network]: { IPAddress: '' } } },
  }
}

export type InspectedContainer = ReturnType<typeof inspectedContainer>

/** What docker prints for a time that never was. */
const never = '0001-01-01T00:00:00Z'

function stateFields({ status, oomKilled, pid, exitCode, error, startedAt, finishedAt }: Container['state']) {
  return {
    Status: status,
    Running: status === 'running',
    Paused: false,
    Restarting: false,
    OOMKilled: oomKilled,
    Dead: false,
    Pid: pid,
    ExitCode: exitCode,
    Error: error,
    StartedAt: startedAt ?? never,
    FinishedAt: finishedAt ?? never,
  }
}

/** Limits that there are not are 0, as docker prints them. */
function hostFields({ host }: Container['record']) {
  const { memoryBytes = 0, cpus = 0, pids = null } = host
  const memory = host.mounts.filter(({ kind }) => kind === 'tmpfs')
  return {
    Binds: orNull(host.mounts.filter(({ kind }) => kind === 'bind').map(bindText)),
    NetworkMode: host.network,
    PortBindings: {},
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: host.autoRemove,
    CapAdd: orNull(host.capabilitiesAdded),
    CapDrop: orNull(host.capabilitiesDropped),
    Privileged: false,
    ReadonlyRootfs: host.readOnlyRoot,
    ...(memory.length === 0
      ? {}
      : { Tmpfs: Object.fromEntries(memory.map((mount) => [mount.destination, modeOf(mount)])) }),
    Runtime: 'runc',
    Memory: memoryBytes,
    NanoCpus: Math.round(cpus * 1e9),
    /** Memory and swap together. */
    MemorySwap: memoryBytes * 2,
    PidsLimit: pids,
  }
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list
}

function bindText(mount: ContainerMount): string {
  const mode = modeOf(mount)
  return `${mount.source}:${mount.destination}${mode === '' ? '' : `:${mode}`}`
}

function modeOf({ readOnly, options }: ContainerMount): string {
  return [...(readOnly ? ['ro'] : []), ...options].join(',')
}

function mountFields(mount: ContainerMount) {
  const { kind, source, destination, readOnly, options } = mount
  const isBind = kind === 'bind'
  return {
    Type: kind,
    Source: source,
    Destination: destination,
    ...(isBind ? {} : { Driver: 'local' }),
    Mode: modeOf(mount),
    RW: !readOnly,
    Propagation: isBind ? (options.find((option) => /(?:private|slave|shared)$/.test(option)) ?? 'rprivate') : '',
  }
}

function configFields({ process, host, hostname, image, labels, stopSignal }: Container['record']) {
  const volumes = host.mounts.filter(({ kind }) => kind === 'volume')
  return {
    Hostname: hostname,
    User: process.user,
    Tty: process.terminal,
    OpenStdin: process.stdin,
    Env: process.env,
    Cmd: orNull(process.command),
    Image: image.name,
    Volumes: volumes.length === 0 ? null : Object.fromEntries(volumes.map(({ destination }) => [destination, {}])),
    WorkingDir: process.cwd,
    Entrypoint: orNull(process.entrypoint),
    Labels: labels,
    StopSignal: stopSignal,
  }
}
