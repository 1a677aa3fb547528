/**
 * The command tree: every verb, its arguments and flags. Building it loads no heavy module; a verb loads what it needs
 * when it runs.
 * @module
 */
import { Command } from 'commander'
import { attach } from './commands/attach.ts'
import { blob } from './commands/blob.ts'
import { build } from './commands/build.ts'
import { containerEnded } from './commands/container-ended.ts'
import { copy } from './commands/copy.ts'
import { create } from './commands/create.ts'
import { remove } from './commands/delete.ts'
import { diff } from './commands/diff.ts'
import { exec } from './commands/exec.ts'
import { fsck } from './commands/fsck.ts'
import { gc } from './commands/gc.ts'
import { history } from './commands/history.ts'
import { images } from './commands/images.ts'
import { inspect } from './commands/inspect.ts'
import { login, logout } from './commands/login.ts'
import { logs } from './commands/logs.ts'
import { manifest } from './commands/manifest.ts'
import { ps } from './commands/ps.ts'
import { pull } from './commands/pull.ts'
import { push } from './commands/push.ts'
import { rename } from './commands/rename.ts'
import { repos } from './commands/repos.ts'
import { resolve } from './commands/resolve.ts'
import { rm } from './commands/rm.ts'
import { rmi } from './commands/rmi.ts'
import { run } from './commands/run.ts'
import { serve } from './commands/serve.ts'
import { start } from './commands/start.ts'
import { kill, stop, wait } from './commands/stop.ts'
import { tag } from './commands/tag.ts'
import { tags } from './commands/tags.ts'
import { version } from './commands/version.ts'
import type { Invocation } from './invocation.ts'
import { productVersion } from './product-version.ts'

type CommandFactory = (invocation: Invocation) => Command

const groups: readonly (readonly [heading: string, verbs: Readonly<Record<string, CommandFactory>>])[] = [
  ['Registry:', { serve, login, logout }],
  ['Images between here and a registry:', { pull, push, copy }],
  ['Building:', { build }],
  ['Local images:', { images, tag, inspect, history, rmi }],
  ['Containers:', { run, create, start, ps, logs, exec, attach, stop, kill, wait, rename, diff, rm }],
  ['What a registry holds:', { repos, tags, resolve, manifest, blob, delete: remove }],
  ['What a storage holds:', { gc, fsck }],
  ['Other:', { version }],
]

/**
 * Builds the tree for one run. Parse errors throw commander's `CommanderError`; nothing ends the process.
 * @param word the first one that was typed: where it is a verb, the tree holds only that, which is all that is asked for.
 *   @default the whole tree
 */
export function createProgram(invocation: Invocation, word?: string): Command {
  const { stdout, stderr } = invocation
  const program = new Command('tsreg')
    .description('Container images on nothing but object storage: the registry, and the client for it.')
    .usage('VERB [OPTIONS] [ARGUMENTS]')
    .helpCommand('help [verb]', 'Show the help of a verb')
    .helpOption('-h, --help', 'Show help')
    .version(productVersion, '-v, --version', 'Show the version')
    // What stands behind the image of "run" is the container's.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // The run tells every error itself, so that all of them look the same and --json covers them.
      outputError: () => {},
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
  const chosen = groups.some(([, verbs]) => Object.hasOwn(verbs, word ?? '')) ? word : undefined
  for (const [heading, verbs] of groups) {
    for (const [name, create] of Object.entries(verbs)) {
      if (chosen === undefined || name === chosen) adopt(program, create(invocation).helpGroup(heading))
    }
  }
  if (chosen === undefined) adopt(program, containerEnded(invocation), { hidden: true })
  return program
}

/** The verbs that are for people: all but those that the help leaves out. */
export function visibleVerbs(program: Command): readonly Command[] {
  const visible = new Set(program.createHelp().visibleCommands(program))
  return program.commands.filter((command) => visible.has(command))
}

/** Adds a command and gives it, and what is below it, the parent's ways with errors and output. */
function adopt(parent: Command, command: Command, options: { readonly hidden?: boolean } = {}): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) adoptSettings(command, child)
  parent.addCommand(command, options)
}

function adoptSettings(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) adoptSettings(command, child)
}
