import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { deviceNumber, deviceOf, mknod } from './device.ts'
import { tryFlock } from './flock.ts'
import { cString } from './libc.ts'
import { mount, mountFlags, umount } from './mount.ts'
import { connectPackets } from './packet-socket.ts'
import { placeApart } from './place-apart.ts'
import { lutimens } from './times.ts'
import { lgetxattr, llistxattr, lremovexattr, lsetxattr } from './xattr.ts'

const directory = mkdtempSync(join(tmpdir(), 'syscalls-'))
const file = join(directory, 'file')
writeFileSync(file, 'content')

afterAll(() => rmSync(directory, { recursive: true }))

describe('extended attributes', () => {
  test('are set, listed, read byte for byte and removed', () => {
    const value = Buffer.of(0, 255, 10, 61)
    lsetxattr(file, 'user.a', value)
    lsetxattr(file, 'user.empty', Buffer.alloc(0))
    expect(lgetxattr(file, 'user.a').equals(value)).toBe(true)
    expect(lgetxattr(file, 'user.empty')).toHaveLength(0)
    expect(
      llistxattr(file)
        .filter((name) => name.startsWith('user.'))
        .sort(),
    ).toEqual(['user.a', 'user.empty'])
    lremovexattr(file, 'user.a')
    expect(() => lgetxattr(file, 'user.a')).toThrow(
      expect.objectContaining({ code: 'ENODATA', syscall: 'lgetxattr', path: file, errno: -61 }),
    )
  })

  test('of a file that is not there are ENOENT, with the message of Node', () => {
    const path = join(directory, 'nothing')
    expect(() => lgetxattr(path, 'user.a')).toThrow(`ENOENT: no such file or directory, lgetxattr '${path}'`)
  })

  test("of a link that leads nowhere are the link's own", () => {
    const link = join(directory, 'dangling')
    symlinkSync('nowhere', link)
    expect(llistxattr(link)).toEqual([])
  })
})

describe('nodes', () => {
  test('a pipe is made with its mode', () => {
    const path = join(directory, 'pipe')
    mknod(path, constants.S_IFIFO | 0o600)
    expect(lstatSync(path).isFIFO()).toBe(true)
    expect(lstatSync(path).mode & 0o7777).toBe(0o600)
    expect(() => mknod(path, constants.S_IFIFO | 0o600)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
  })

  test.each([
    [0, 0],
    [1, 3],
    [8, 255],
    [8, 256],
    [259, 1_048_575],
    [4095, 4_294_967],
  ])('the number of device %i:%i is taken apart again', (major, minor) => {
    expect(deviceOf(deviceNumber({ major, minor }))).toEqual({ major, minor })
  })

  test('the number is the one that stat gives', () => {
    expect(deviceOf(statSync('/dev/null').rdev)).toEqual({ major: 1, minor: 3 })
  })
})

test('times are set to the nanosecond, also before 1970, and of a link itself', () => {
  const link = join(directory, 'link')
  symlinkSync('file', link)
  const before = statSync(file, { bigint: true }).mtimeNs
  const times = { atimeNs: 1_700_000_000_123_456_789n, mtimeNs: -1_500_000_001n }
  lutimens(link, times)
  const { atimeNs, mtimeNs } = lstatSync(link, { bigint: true })
  expect({ atimeNs, mtimeNs }).toEqual(times)
  expect(statSync(file, { bigint: true }).mtimeNs).toBe(before)
})

test('a NUL in a path is refused and does not end it', () => {
  expect(() => cString('a\0b')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }))
})

test('what is not mounted is not unmounted', () => {
  expect(() => umount(directory)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^E(INVAL|PERM)$/) }))
})

/** Mounts need CAP_SYS_ADMIN, which root in a container often lacks. */
function mayMount(): boolean {
  const probe = join(directory, 'probe')
  mkdirSync(probe)
  try {
    mount(probe, { type: 'tmpfs', source: 'tmpfs' })
    umount(probe)
    return true
  } catch {
    return false
  }
}

if (mayMount()) {
  test('a directory is bound and made read-only', () => {
    const [source, target] = [join(directory, 'source'), join(directory, 'target')]
    mkdirSync(source)
    mkdirSync(target)
    writeFileSync(join(source, 'a'), 'bound')
    mount(target, { source, flags: mountFlags.bind })
    try {
      mount(target, { flags: mountFlags.bind | mountFlags.remount | mountFlags.readOnly })
      expect(readFileSync(join(target, 'a'), 'utf8')).toBe('bound')
      expect(() => writeFileSync(join(target, 'b'), '')).toThrow(expect.objectContaining({ code: 'EROFS' }))
    } finally {
      umount(target)
    }
  })
} else {
  console.warn('left out, for mounts are not allowed here: a directory is bound and made read-only')
}

const isExt4 = statfsSync(directory).type === 0xef53

if (isExt4) {
  test('the directories in a directory are placed apart, which may be said twice', () => {
    const path = join(directory, 'apart')
    mkdirSync(path)
    expect([placeApart(path), placeApart(path)]).toEqual([true, true])
  })
} else {
  console.warn('left out, for this file system is not ext4: the directories in a directory are placed apart')
}

test('where directories cannot be placed apart, nothing is changed and nothing fails', () => {
  expect(placeApart('/proc/self')).toBe(false)
})

describe('flock', () => {
  test('excludes a second descriptor of the file until the first is closed', () => {
    const first = openSync(join(directory, 'lock'), 'w')
    const second = openSync(join(directory, 'lock'), 'r')
    try {
      expect([tryFlock(first), tryFlock(second)]).toEqual([true, false])
    } finally {
      closeSync(first)
    }
    expect(tryFlock(second)).toBe(true)
    closeSync(second)
  })

  test('on no descriptor is an error', () => {
    expect(() => tryFlock(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })
})

describe('connectPackets', () => {
  test('to a name that nobody listens on is an error, also with a long path', () => {
    const deep = join(directory, 'd'.repeat(100), 'e'.repeat(100))
    mkdirSync(deep, { recursive: true })
    expect(() => connectPackets(join(deep, 'attach'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    writeFileSync(join(deep, 'file'), '')
    expect(() => connectPackets(join(deep, 'file'))).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }))
  })
})

describe('descriptors from whoever started this process', () => {
  test('are not given to programs that it starts', () => {
    const source = join(import.meta.dirname, 'descriptors.ts')
    const script = [
      `import { keepDescriptors } from ${JSON.stringify(source)}`,
      "import { spawnSync } from 'node:child_process'",
      "const given = () => spawnSync('sh', ['-c', '[ -e /proc/self/fd/100 ] && echo given || echo kept']).stdout.toString()",
      'const before = given()',
      'keepDescriptors()',
      'process.stdout.write(before + given())',
    ].join('\n')
    // Node does this itself for the lowest numbers.
    const stdio: ('ignore' | 'pipe' | number)[] = Array(101).fill('ignore')
    stdio.splice(1, 2, 'pipe', 'pipe')
    stdio[100] = openSync(file, 'r')
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8', stdio })
    closeSync(stdio[100])
    expect({ stdout, stderr }).toEqual({ stdout: 'given\nkept\n', stderr: '' })
  })
})
