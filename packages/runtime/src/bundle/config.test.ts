import { describe, expect, test } from '@jest/globals'
import { type BundleParts, runtimeConfig } from './config.ts'

const machine = { architecture: 'x64', unifiedCgroups: false, openFiles: 4096, oomScoreAdjustment: 0 }
const parts: BundleParts = {
  rootPath: '/containers/a/rootfs',
  readOnlyRoot: false,
  args: ['/bin/app', '--serve'],
  env: ['PATH=/bin', 'A=1'],
  cwd: '',
  user: { uid: 0, gid: 0, additionalGids: [0], home: '/root' },
  terminal: false,
  hostname: 'box',
  network: 'none',
  capabilities: { add: [], drop: [] },
  limits: {},
  mounts: [],
  networkFiles: { '/etc/hosts': '/containers/a/hosts' },
  cgroupsPath: '/tsreg-a',
  annotations: {},
  machine,
}
const config = (changes: Partial<BundleParts>) => runtimeConfig({ ...parts, ...changes })

describe('config.json', () => {
  test('says what is run, and as whom', () => {
    const { process, root, hostname } = config({
      user: { uid: 33, gid: 34, additionalGids: [34, 6], home: '/var/www' },
    })
    expect({ root, hostname }).toEqual({ root: { path: '/containers/a/rootfs', readonly: false }, hostname: 'box' })
    expect(process).toMatchObject({
      args: ['/bin/app', '--serve'],
      cwd: '/',
      env: ['PATH=/bin', 'HOSTNAME=box', 'A=1', 'HOME=/var/www'],
      user: { uid: 33, gid: 34, additionalGids: [34, 6] },
      noNewPrivileges: false,
    })
  })

  test('gives root its capabilities, other users none, and nobody inheritable or ambient ones (CVE-2022-29162)', () => {
    const ofRoot = config({}).process.capabilities
    expect(Object.keys(ofRoot).toSorted()).toEqual(['bounding', 'effective', 'permitted'])
    expect(ofRoot.bounding).toHaveLength(14)
    expect(ofRoot.effective).toEqual(ofRoot.bounding)
    const ofOther = config({ user: { uid: 1, gid: 0, additionalGids: [0], home: '/' } }).process.capabilities
    expect(ofOther).toEqual({ bounding: ofRoot.bounding, effective: [], permitted: [] })
  })

  test('has a network of its own only where the network is none, and a cgroup namespace where there is only version 2', () => {
    const typesOf = (changes: Partial<BundleParts>) => config(changes).linux.namespaces.map(({ type }) => type)
    expect(typesOf({ network: 'host' })).toEqual(['mount', 'pid', 'ipc', 'uts'])
    expect(typesOf({ network: 'none' })).toEqual(['mount', 'pid', 'ipc', 'uts', 'network'])
    expect(typesOf({ network: 'host', machine: { ...machine, unifiedCgroups: true } })).toContain('cgroup')
  })

  test('hides and protects what docker hides and protects', () => {
    const { maskedPaths, readonlyPaths } = config({}).linux
    const ofDocker20 = 'acpi asound kcore keys latency_stats timer_list timer_stats sched_debug scsi'
    expect(maskedPaths).toEqual(expect.arrayContaining(ofDocker20.split(' ').map((name) => `/proc/${name}`)))
    expect(maskedPaths).toContain('/sys/firmware')
    const protectedOnes = 'bus fs irq sys sysrq-trigger'.split(' ').map((name) => `/proc/${name}`)
    expect(readonlyPaths.toSorted()).toEqual(protectedOnes)
  })

  test('lets every node be made, and only harmless devices be opened', () => {
    const [first, ...rules] = config({}).linux.resources.devices
    expect(first).toEqual({ allow: false, access: 'rwm' })
    const opened = rules.filter(({ access }) => access !== 'm')
    expect(opened.map(({ type, major, minor = '*' }) => `${type} ${major}:${minor}`)).toEqual([
      ...['c 1:3', 'c 1:5', 'c 1:7', 'c 1:8', 'c 1:9', 'c 5:0', 'c 5:2', 'c 136:*'],
    ])
    expect(rules.every(({ allow }) => allow)).toBe(true)
  })

  test('mounts the system first, then the files of the network, then what the user wants, outer directories first', () => {
    const bind = { kind: 'bind', source: '/srv', readOnly: false, options: [] } as const
    const mounts = [
      { ...bind, destination: '/data/deep/below' },
      { ...bind, destination: '/data' },
    ]
    const destinations = config({ mounts }).mounts.map(({ destination }) => destination)
    const system = ['/proc', '/dev', '/dev/pts', '/sys', '/sys/fs/cgroup', '/dev/mqueue', '/dev/shm']
    expect(destinations).toEqual([...system, '/etc/hosts', '/data', '/data/deep/below'])
  })

  test('the user may replace a mount of the system and a file of the network', () => {
    const bind = { kind: 'bind', source: '/srv', readOnly: true, options: [] } as const
    const mounts = [
      { ...bind, destination: '/dev/shm' },
      { ...bind, destination: '/etc/hosts' },
    ]
    const found = config({ mounts }).mounts
    for (const destination of ['/dev/shm', '/etc/hosts']) {
      expect(found.filter((mount) => mount.destination === destination)).toEqual([
        { destination, type: 'bind', source: '/srv', options: ['rbind', 'rprivate', 'ro'] },
      ])
    }
  })

  test('a read-only root has read-only files of the network as well', () => {
    const { root, mounts } = config({ readOnlyRoot: true })
    expect(root.readonly).toBe(true)
    expect(mounts.find(({ destination }) => destination === '/etc/hosts')?.options).toContain('ro')
  })

  test('asks for no more open files than there may be, and for no better place when memory is short', () => {
    const { rlimits } = config({}).process
    expect(rlimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 4096, hard: 4096 }])
    const unlimited = config({ machine: { ...machine, openFiles: Number.POSITIVE_INFINITY, oomScoreAdjustment: -900 } })
    expect(unlimited.process.rlimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 1_048_576, hard: 1_048_576 }])
    expect(unlimited.process.oomScoreAdj).toBe(0)
    expect(config({ machine: { ...machine, oomScoreAdjustment: 200 } }).process.oomScoreAdj).toBe(200)
  })

  test('is without seccomp on an architecture that the policy does not cover', () => {
    expect(config({ machine: { ...machine, architecture: 's390x' } }).linux).not.toHaveProperty('seccomp')
    expect(config({}).linux).toHaveProperty('seccomp')
  })
})
