/**
 * From the prepared command to the whole one.
 * @module
 */

/**
 * Puts the whole command, with the same words, in the place of this process. Nothing may have been done or said yet that would be
 * done twice.
 */
export function handOver(): never {
  const { argv, execPath, execve } = process
  if (execve === undefined) throw new Error('this Node cannot start another program in its place')
  return execve(execPath, [execPath, '--disable-warning=ExperimentalWarning', '--', ...argv.slice(1)], process.env)
}
