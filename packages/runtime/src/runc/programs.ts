/**
 * The programs that containers need beside Node: runc, and conmon for containers that outlive the command.
 * @module
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { RuntimeError } from '../errors.ts'

export type ProgramName = 'runc' | 'conmon' | 'unshare'

const packages: Readonly<Record<ProgramName, string>> = { runc: 'runc', conmon: 'conmon', unshare: 'util-linux' }
/** Administrators' directories are not on everybody's `PATH`. */
const moreDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** @throws RuntimeError RUNTIME_MISSING with the package that has it */
export function programPath(name: ProgramName, searchPath = process.env.PATH ?? ''): string {
  const found = [...searchPath.split(delimiter).filter((entry) => entry.startsWith('/')), ...moreDirectories]
    .map((directory) => join(directory, name))
    .find(isExecutable)
  if (found !== undefined) return found
  throw new RuntimeError('RUNTIME_MISSING', `containers need ${name}, and it is not installed`, {
    detail: { program: name },
    advice: `install the package ${packages[name]}, on Debian: apt-get install ${packages[name]}`,
  })
}

/** @throws RuntimeError RUNTIME_UNSUPPORTED where containers cannot run at all */
export function checkMachine(): void {
  if (process.platform !== 'linux') {
    throw new RuntimeError('RUNTIME_UNSUPPORTED', `containers run on Linux, and this is ${process.platform}`)
  }
  if (process.getuid?.() !== 0) {
    throw new RuntimeError('RUNTIME_UNSUPPORTED', 'containers are run by root, and you are not', {
      advice: 'run the command as root, for example with sudo and the same TSREG_HOME',
    })
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
