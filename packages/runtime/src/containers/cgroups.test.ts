import { describe, expect, test } from '@jest/globals'
import { cgroupMountPoints, removeCgroup } from './cgroups.ts'

const table = [
  '22 27 0:21 / /proc rw,relatime - proc proc rw',
  '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 master:1 - cgroup cgroup rw,cpu',
  '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
  '50 27 0:29 /tsreg-a /mnt/part rw - cgroup cgroup rw,cpu',
  '51 27 8:1 / /mnt/cgroup rw - ext4 /dev/cgroup rw',
  '',
].join('\n')

describe('cgroups', () => {
  test('are found where hierarchies are mounted whole', () => {
    expect(cgroupMountPoints(table)).toEqual(['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/unified'])
  })

  test('that are not there are removed already', async () => {
    await expect(removeCgroup('0'.repeat(64))).resolves.toBeUndefined()
  })
})
