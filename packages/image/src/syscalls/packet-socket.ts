/**
 * Local sockets that keep the borders of what is sent (unix(7), SOCK_SEQPACKET), which Node's own sockets do not speak. A
 * descriptor is all there is: it is read and written with Node's file functions, a packet at a time.
 * @module
 */
import { closeSync, constants, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { checked, libc } from './libc.ts'

const afUnix = 1
const sequencedPackets = 5
const closeOnExec = 0o2000000
const pathLimit = 108

/**
 * Connects to a listening socket and returns the descriptor, which is blocking and not inherited by children. The path may
 * be longer than the 107 bytes that an address holds; the last name in it may not.
 * @throws ENOENT, ECONNREFUSED when nobody listens
 */
export function connectPackets(path: string): number {
  const fd = checked(libc().socket(afUnix, sequencedPackets | closeOnExec, 0), 'socket')
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    checked(libc().connect(fd, address(`/proc/self/fd/${directory}/${basename(path)}`), pathLimit + 2), 'connect', path)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  } finally {
    closeSync(directory)
  }
}

/** Says that nothing more will be sent; the other side reads the end. */
export function endSending(fd: number): void {
  libc().shutdown(fd, 1)
}

/** Ends both directions: a read that waits in another thread returns. */
export function endTalking(fd: number): void {
  libc().shutdown(fd, 2)
}

function address(path: string): Buffer {
  const bytes = Buffer.alloc(pathLimit + 2)
  bytes.writeUInt16LE(afUnix, 0)
  bytes.write(path, 2)
  return bytes
}
