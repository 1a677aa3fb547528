/**
 * Locks on open files (flock(2)): of the process that holds the file open, freed by the kernel when it dies, and understood
 * by the program `flock` in shell scripts.
 * @module
 */
import { checked, errno, libc } from './libc.ts'

const exclusive = 2
const nonBlocking = 4
const eagain = 11

/**
 * Takes the exclusive lock on an open file without waiting; it is freed when the descriptor is closed, here and in every
 * child that inherited it.
 * @returns false when somebody else has it
 */
export function tryFlock(fd: number): boolean {
  const result = libc().flock(fd, exclusive | nonBlocking)
  if (result !== 0 && errno() === eagain) return false
  checked(result, 'flock')
  return true
}
