/**
 * The directory that a process of a container begins in: chosen by the image, and entered by the OCI runtime while it still
 * has descriptors of the machine.
 * @module
 */
import { RuntimeError } from '../errors.ts'
import { placesOnTheWay } from './inside.ts'

/**
 * Refuses what leads below `/proc`, by itself or through links, and be it only to leave it again: `/proc/self/fd/<n>/..` may
 * be a directory of the machine, by a descriptor of the OCI runtime (CVE-2024-21626).
 * @param root the root file system of the container
 * @throws RuntimeError OPTION_INVALID
 */
export async function checkWorkingDirectory(root: string, cwd: string): Promise<void> {
  const name = (await placesOnTheWay(root, cwd)).find((place) => place.startsWith('/proc/'))
  if (name === undefined) return
  throw new RuntimeError(
    'OPTION_INVALID',
    `the working directory ${cwd} leads to ${name}, where no process may begin`,
    {
      detail: { cwd, name },
      advice: 'name a directory of the image; a program can go below /proc by itself',
    },
  )
}
