/** @module System calls that Node lacks. */
export * from './device.ts'
export * from './flock.ts'
export { type SystemPath, systemError } from './libc.ts'
export * from './mount.ts'
export * from './packet-socket.ts'
export * from './times.ts'
export * from './xattr.ts'
