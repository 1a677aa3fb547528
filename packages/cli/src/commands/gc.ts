/**
 * `tsreg gc`
 * @module
 */
import type { Command } from 'commander'
import type { Invocation } from '../invocation.ts'
import type { GcFlags } from '../maintenance/gc.ts'
import { verb, withJson, withQuiet, withStorage } from '../verb.ts'

export function gc(invocation: Invocation): Command {
  const command = verb('gc', 'Delete what nothing names any more, also beside running registries', [
    ['tsreg gc --storage file:/var/lib/tsreg --dry-run', 'What would go; nothing is changed'],
    ['tsreg gc --policy retention.yaml --untagged-older-than 7d', 'Old tags by policy first, then what no tag names'],
    ['tsreg gc --explain sha256:...', 'Why that is kept, or goes'],
  ])
    .option('--dry-run', 'Tell what would go, and why, and change nothing')
    .option('--untagged-older-than <time>', 'Manifests without a tag go at that age, as 7d or 12h (default: never)')
    .option('--grace <time>', 'Age from which what nothing names may go (default 1d)')
    .option('--policy <file>', 'YAML file that says which tags to keep')
    .option('--explain <digest>', 'Tell why a blob or manifest is kept, or goes')
  return withStorage(withJson(withQuiet(command, 'Print only the result'))).action(async (flags: GcFlags) => {
    await (await import('../maintenance/gc.ts')).runGc(invocation, flags)
  })
}
