/**
 * The functions of the C library that Node has no call for, by node:ffi: the one place where they are declared.
 * @module
 */
import { getSystemErrorMap } from 'node:util'
import { ImageError } from '../errors.ts'

const path = 'pointer'
const bytes = 'pointer'

const signatures = {
  __errno_location: { arguments: [], return: 'pointer' },
  close: { arguments: ['i32'], return: 'i32' },
  connect: { arguments: ['i32', bytes, 'u32'], return: 'i32' },
  fchmod: { arguments: ['i32', 'u32'], return: 'i32' },
  fchmodat: { arguments: ['i32', path, 'u32', 'i32'], return: 'i32' },
  fchown: { arguments: ['i32', 'u32', 'u32'], return: 'i32' },
  fchownat: { arguments: ['i32', path, 'u32', 'u32', 'i32'], return: 'i32' },
  fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  flock: { arguments: ['i32', 'i32'], return: 'i32' },
  fsetxattr: { arguments: ['i32', path, bytes, 'u64', 'i32'], return: 'i32' },
  futimens: { arguments: ['i32', bytes], return: 'i32' },
  ioctl: { arguments: ['i32', 'u64', bytes], return: 'i32' },
  lgetxattr: { arguments: [path, path, bytes, 'u64'], return: 'i64' },
  linkat: { arguments: ['i32', path, 'i32', path, 'i32'], return: 'i32' },
  llistxattr: { arguments: [path, bytes, 'u64'], return: 'i64' },
  lremovexattr: { arguments: [path, path], return: 'i32' },
  lsetxattr: { arguments: [path, path, bytes, 'u64', 'i32'], return: 'i32' },
  mkdirat: { arguments: ['i32', path, 'u32'], return: 'i32' },
  mknodat: { arguments: ['i32', path, 'u32', 'u64'], return: 'i32' },
  mount: { arguments: [path, path, path, 'u64', path], return: 'i32' },
  openat: { arguments: ['i32', path, 'i32', 'u32'], return: 'i32' },
  readlinkat: { arguments: ['i32', path, bytes, 'u64'], return: 'i64' },
  shutdown: { arguments: ['i32', 'i32'], return: 'i32' },
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  symlinkat: { arguments: [path, 'i32', path], return: 'i32' },
  syncfs: { arguments: ['i32'], return: 'i32' },
  umount2: { arguments: [path, 'i32'], return: 'i32' },
  unlinkat: { arguments: ['i32', path, 'i32'], return: 'i32' },
  unshare: { arguments: ['i32'], return: 'i32' },
  utimensat: { arguments: ['i32', path, bytes, 'i32'], return: 'i32' },
} as const

type Name = keyof typeof signatures
const names = Object.keys(signatures) as readonly Name[]

/**
 * Each function is looked up when it is first called: a lookup takes longer than most calls, and few programs call many. But
 * not that of the error number, which a lookup would change.
 */
function load() {
  if (process.platform !== 'linux') throw new Error(`this is ${process.platform}`)
  const { dlopen } = process.getBuiltinModule('node:ffi')
  const { lib, functions: early } = dlopen(null, { __errno_location: signatures.__errno_location })
  const functions = { ...early } as ReturnType<typeof dlopen<typeof signatures>>['functions']
  for (const name of names) {
    if (name in early) continue
    Object.defineProperty(functions, name, {
      configurable: true,
      get() {
        try {
          const value = lib.getFunction(name, signatures[name])
          Object.defineProperty(functions, name, { value })
          return value
        } catch (error) {
          throw unavailable(error)
        }
      },
    })
  }
  return functions
}

let loaded: ReturnType<typeof load> | undefined

/**
 * The functions of the C library.
 * @throws SYSCALL_UNAVAILABLE on other systems than Linux, and where Node cannot call it; from a function, where there is none
 */
export function libc(): ReturnType<typeof load> {
  try {
    loaded ??= load()
    return loaded
  } catch (error) {
    throw unavailable(error)
  }
}

/** They are looked up anew: they were those of the process from which this one's memory was copied. */
export function forgetLibc(): void {
  loaded = undefined
}

function unavailable(cause: unknown): ImageError {
  const message = `this Node cannot call the C library: ${(cause as Error).message}`
  return new ImageError('SYSCALL_UNAVAILABLE', message, { cause })
}

/** `AT_FDCWD`: a path is relative to the working directory. */
export const atWorkingDirectory = -100
/** `AT_SYMLINK_NOFOLLOW`: the last component of a path is meant itself, also when it is a symbolic link. */
export const noFollow = 0x100

/** Text of a system call: a string is UTF-8, bytes are taken as they are. Without a NUL in it. */
export type SystemPath = string | Uint8Array

/** The text as the kernel reads it, to its NUL. @throws ERR_INVALID_ARG_VALUE for a NUL inside, which would end it there */
export function cString(text: SystemPath): Buffer {
  const content = typeof text === 'string' ? Buffer.from(text) : text
  if (content.includes(0)) {
    throw Object.assign(new TypeError('a path or a name must not hold a NUL'), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  return Buffer.concat([content, Buffer.of(0)])
}

/**
 * The result, unless it says that the call failed.
 * @throws an error as Node's own file functions throw: `code` (`ENOENT`), `errno`, `syscall`, `path`
 */
export function checked<T extends number | bigint>(result: T, syscall: string, about?: SystemPath): T {
  if (result >= 0) return result
  throw systemError(errno(), syscall, about)
}

/** What the last failed call of this thread left. */
export function errno(): number {
  return process.getBuiltinModule('node:ffi').getInt32(libc().__errno_location(), 0)
}

/** The error for an error number, of the form of Node's. */
export function systemError(number: number, syscall: string, about?: SystemPath): NodeJS.ErrnoException {
  const [code, text] = getSystemErrorMap().get(-number) ?? [`ERRNO_${number}`, 'unknown error']
  const path = about === undefined || typeof about === 'string' ? about : Buffer.from(about).toString()
  const place = path === undefined ? '' : ` '${path}'`
  const error = new Error(`${code}: ${text}, ${syscall}${place}`)
  return Object.assign(error, { code, errno: -number, syscall, ...(path === undefined ? {} : { path }) })
}
