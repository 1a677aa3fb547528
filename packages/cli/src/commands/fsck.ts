/**
 * `tsreg fsck`
 * @module
 */
import type { Command } from 'commander'
import type { Invocation } from '../invocation.ts'
import type { FsckFlags } from '../maintenance/fsck.ts'
import { verb, withJson, withQuiet, withStorage } from '../verb.ts'

export function fsck(invocation: Invocation): Command {
  const command = verb('fsck', 'Check that a storage is whole, also beside running registries', [
    ['tsreg fsck --storage file:/var/lib/tsreg', 'Exit code 7 when somebody misses something'],
    ['tsreg fsck --deep --repair', 'Reads and hashes every byte, and mends what is safe to mend'],
  ])
    .option('--deep', 'Read all bytes and compare their digests')
    .option('--repair', 'Mend what nobody can lose by')
  return withStorage(withJson(withQuiet(command, 'Print only the result'))).action(async (flags: FsckFlags) => {
    await (await import('../maintenance/fsck.ts')).runFsck(invocation, flags)
  })
}
