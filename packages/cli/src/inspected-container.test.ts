import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import type { Container } from '@tsreg/runtime'
import { inspectedContainer } from './inspected-container.ts'

const id = 'c0ffee'.repeat(11).slice(0, 64)

const bare: Container = {
  record: {
    version: 1,
    id,
    name: 'calm_curie',
    created: '2026-01-02T03:04:05.678Z',
    image: { id: digestOf('image'), name: 'app:v1' },
    process: { entrypoint: ['/bin/app'], command: ['-l'], env: [], cwd: '', user: '', terminal: false, stdin: false },
    hostname: 'ship',
    labels: {},
    stopSignal: 'SIGTERM',
    host: {
      network: 'host',
      autoRemove: false,
      readOnlyRoot: false,
      memoryBytes: undefined,
      cpus: undefined,
      pids: undefined,
      capabilitiesAdded: [],
      capabilitiesDropped: [],
      mounts: [],
    },
    parent: digestOf('parent'),
  },
  state: {
    status: 'created',
    pid: 0,
    exitCode: 0,
    oomKilled: false,
    error: '',
    startedAt: undefined,
    finishedAt: undefined,
  },
}

function withMounts(...mounts: Container['record']['host']['mounts']): Container {
  const { record } = bare
  return { ...bare, record: { ...record, host: { ...record.host, mounts } } }
}

describe('inspectedContainer', () => {
  test('splits the command line into program and arguments, and keeps where they come from', () => {
    expect(inspectedContainer(bare, '/home/containers')).toMatchObject({
      Id: id,
      Name: '/calm_curie',
      Path: '/bin/app',
      Args: ['-l'],
      Image: digestOf('image'),
      LogPath: `/home/containers/${id}/log`,
      Config: { Entrypoint: ['/bin/app'], Cmd: ['-l'], Image: 'app:v1' },
    })
  })

  test('has null, 0 and the year 1 where docker has them for nothing', () => {
    const told = inspectedContainer(bare, '/home/containers')
    expect(told.State).toMatchObject({ StartedAt: '0001-01-01T00:00:00Z', FinishedAt: '0001-01-01T00:00:00Z' })
    expect(told.HostConfig).toMatchObject({ Binds: null, CapAdd: null, CapDrop: null, PidsLimit: null })
    expect(told.HostConfig).toMatchObject({ Memory: 0, MemorySwap: 0, NanoCpus: 0 })
    expect(told.HostConfig).not.toHaveProperty('Tmpfs')
    expect(told.Config).toMatchObject({ Volumes: null })
    expect(told.Mounts).toEqual([])
  })

  test.each([
    ['running', { Status: 'running', Running: true, Pid: 42, ExitCode: 0, OOMKilled: false }],
    ['exited', { Status: 'exited', Running: false, Pid: 42, ExitCode: 0, OOMKilled: false }],
  ] as const)('of a container that is %s the state is %j', (status, expected) => {
    const state = { ...bare.state, status, pid: 42, startedAt: '2026-01-02T03:05:00.000Z' }
    expect(inspectedContainer({ ...bare, state }, '/c').State).toMatchObject({
      ...expected,
      StartedAt: '2026-01-02T03:05:00.000Z',
    })
  })

  test('lists a directory of this machine as a bind, as typed and as mounted', () => {
    const told = inspectedContainer(
      withMounts(
        { kind: 'bind', source: '/srv/a', destination: '/a', readOnly: true, options: ['rslave'] },
        { kind: 'bind', source: '/srv/b', destination: '/b', readOnly: false, options: [] },
      ),
      '/c',
    )
    expect(told.HostConfig.Binds).toEqual(['/srv/a:/a:ro,rslave', '/srv/b:/b'])
    expect(told.Mounts).toEqual([
      { Type: 'bind', Source: '/srv/a', Destination: '/a', Mode: 'ro,rslave', RW: false, Propagation: 'rslave' },
      { Type: 'bind', Source: '/srv/b', Destination: '/b', Mode: '', RW: true, Propagation: 'rprivate' },
    ])
  })

  test('lists a volume among the mounts and not among the binds, and memory the other way round', () => {
    const told = inspectedContainer(
      withMounts(
        { kind: 'volume', source: '/c/volumes/0', destination: '/data', readOnly: false, options: [] },
        { kind: 'tmpfs', source: '', destination: '/run', readOnly: true, options: ['size=1m'] },
      ),
      '/c',
    )
    expect(told.HostConfig).toMatchObject({ Binds: null, Tmpfs: { '/run': 'ro,size=1m' } })
    expect(told.Config.Volumes).toEqual({ '/data': {} })
    expect(told.Mounts).toEqual([
      {
        Type: 'volume',
        Source: '/c/volumes/0',
        Destination: '/data',
        Driver: 'local',
        Mode: '',
        RW: true,
        Propagation: '',
      },
    ])
  })
})
