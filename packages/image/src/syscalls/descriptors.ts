/**
 * Descriptors that this process got from whoever started it: without more ado every program that it starts gets them as
 * well, and holds open what they lead to for as long as it lives.
 * @module
 */
import { readdirSync } from 'node:fs'
import { checked, errno, libc } from './libc.ts'

const setDescriptorFlags = 2
const closeOnExec = 1
const ebadf = 9

/** From now on a program that is started gets those descriptors that it is given, and no other above 2 (fcntl(2), FD_CLOEXEC). */
export function keepDescriptors(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd <= 2) continue
    const result = libc().fcntl(fd, setDescriptorFlags, closeOnExec)
    // The one with which the directory was read is closed by now.
    if (result !== 0 && errno() === ebadf) continue
    checked(result, 'fcntl')
  }
}
