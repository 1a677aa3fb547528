import { describe, expect, test } from '@jest/globals'
import { type ContainerMount, systemMounts, userMounts } from './mounts.ts'

const mount = (changes: Partial<ContainerMount>): ContainerMount => ({
  kind: 'bind',
  source: '/srv',
  destination: '/data',
  readOnly: false,
  options: [],
  ...changes,
})

describe('mounts', () => {
  test('no file system of the system can be a way to privileges', () => {
    for (const { destination, options } of systemMounts) {
      expect({ destination, options }).toEqual({ destination, options: expect.arrayContaining(['nosuid']) })
    }
    const readOnly = systemMounts.filter(({ options }) => options.includes('ro'))
    expect(readOnly.map(({ destination }) => destination)).toEqual(['/sys', '/sys/fs/cgroup'])
  })

  test('a directory of the machine comes with what is mounted in it, and what is mounted later stays where it is', () => {
    expect(userMounts([mount({})])).toEqual([
      { destination: '/data', type: 'bind', source: '/srv', options: ['rbind', 'rprivate'] },
    ])
  })

  test('options of the user stand behind the defaults, where they win', () => {
    const [found] = userMounts([mount({ options: ['rshared'], readOnly: true })])
    expect(found?.options).toEqual(['rbind', 'rprivate', 'rshared', 'ro'])
  })

  test.each([
    [[], false, ['noexec', 'nosuid', 'nodev']],
    [['exec', 'size=64m'], false, ['nosuid', 'nodev', 'exec', 'size=64m']],
    [['suid', 'dev'], true, ['noexec', 'suid', 'dev', 'ro']],
  ])('memory with options %j, read-only: %j', (options, readOnly, expected) => {
    expect(userMounts([mount({ kind: 'tmpfs', source: '', options, readOnly })])).toEqual([
      { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: expected },
    ])
  })

  test('those of one depth stay in their order', () => {
    const destinations = ['/b/c', '/z', '/a', '/b', '/b/a/']
    const found = userMounts(destinations.map((destination) => mount({ destination })))
    expect(found.map(({ destination }) => destination)).toEqual(['/z', '/a', '/b', '/b/c', '/b/a/'])
  })
})
