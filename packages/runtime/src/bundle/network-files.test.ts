import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { tempDir } from '@tsreg/testkit'
import { hostsFile, writeNetworkFiles } from './network-files.ts'

describe('files of the network', () => {
  test('without a network a container knows itself and loopback, and nobody to ask', async () => {
    await using directory = await tempDir()
    const files = writeNetworkFiles(directory.path, { hostname: 'box', network: 'none' })
    expect(Object.keys(files).toSorted()).toEqual(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf'])
    const read = (path: string) => readFile(files[path] ?? '', 'utf8')
    expect(await read('/etc/hostname')).toBe('box\n')
    expect(await read('/etc/resolv.conf')).toBe('')
    expect((await read('/etc/hosts')).split('\n')).toEqual([
      ...['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', '127.0.0.1\tbox', ''],
    ])
  })

  test('in the network of the machine it knows whom the machine knows', () => {
    const hosts = hostsFile({ hostname: 'box', network: 'host' }, '127.0.0.1 localhost\n10.0.0.7 db\n\n')
    expect(hosts).toBe('127.0.0.1 localhost\n10.0.0.7 db\n127.0.0.1\tbox\n')
  })

  test('a machine that knows nobody leaves loopback', () => {
    expect(hostsFile({ hostname: 'box', network: 'host' }, ' \n')).toContain('127.0.0.1\tlocalhost\n')
  })
})
