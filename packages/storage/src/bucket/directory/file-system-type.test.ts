import { expect, test } from '@jest/globals'
import { networkFileSystem } from './file-system-type.ts'

const mounts = [
  '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '40 22 0:50 / /mnt rw - fuse.sshfs host:/ rw',
  '41 40 0:51 / /mnt/with\\040space rw shared:1 - fuseblk /dev/sdb1 rw',
  '42 22 0:52 / /mntx rw - fuse.fuse-overlayfs overlay rw',
].join('\n')

const found = (path: string, type: number): Promise<string | undefined> =>
  networkFileSystem(path, { statfs: async () => ({ type }), readMounts: async () => mounts })

test.each([
  ['NFS', 0x6969],
  ['CIFS', 0xff53_4d42],
  ['CIFS', 0xff53_4d42 | 0],
  ['SMB2', 0xfe53_4d42],
  ['9P', 0x0102_1997],
])('%s is a network file system (type %d)', async (name, type) => {
  expect(await found('/data', type)).toBe(name)
})

test.each([
  ['ext4', 0xef53],
  ['xfs', 0x5846_5342],
  ['btrfs', 0x9123_683e],
  ['tmpfs', 0x0102_1994],
  ['overlay', 0x794c_7630],
  ['zfs', 0x2fc1_2fc1],
])('%s is local', async (_, type) => {
  expect(await found('/data', type)).toBeUndefined()
})

test('FUSE is told apart by what is mounted there', async () => {
  const fuse = 0x6573_5546
  expect(await found('/mnt/data', fuse)).toBe('FUSE (fuse.sshfs)')
  expect(await found('/mnt/with space/data', fuse)).toBeUndefined()
  expect(await found('/mntx', fuse)).toBeUndefined()
})
