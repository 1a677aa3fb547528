/**
 * Flags of `docker build` that are recognised and not there yet: they are refused, never ignored.
 * @module
 */
import { type Command, Option } from 'commander'
import { CliError } from '../errors.ts'

const withValue = [
  '--add-host',
  '--allow',
  '--annotation',
  '--attest',
  '--build-context',
  '--builder',
  '--cache-from',
  '--cache-to',
  '--call',
  '--cgroup-parent',
  '--cpu-period',
  '--cpu-quota',
  '-c, --cpu-shares',
  '--cpuset-cpus',
  '--cpuset-mems',
  '--isolation',
  '-m, --memory',
  '--memory-swap',
  '--metadata-file',
  '--no-cache-filter',
  '-o, --output',
  '--provenance',
  '--sbom',
  '--secret',
  '--security-opt',
  '--shm-size',
  '--ssh',
  '--ulimit',
]
const withoutValue = ['--check', '--compress', '--disable-content-trust', '--squash', '-D, --debug']

const all: readonly Option[] = [
  ...withValue.map((flag) => new Option(`${flag} <value>`).hideHelp()),
  ...withoutValue.map((flag) => new Option(flag).hideHelp()),
]

export function withUnbuiltFlags(command: Command): Command {
  for (const option of all) command.addOption(option)
  return command
}

/** @throws CliError USAGE for the first of them that was given */
export function refuseUnbuiltFlags(flags: Readonly<Record<string, unknown>>): void {
  // A flag that begins with --no is true where it was not given.
  const given = all.find((option) => (flags[option.attributeName()] ?? option.negate) !== option.negate)
  if (given === undefined) return
  throw new CliError('USAGE', `${given.long ?? given.flags} is a flag of docker build that tsreg does not have yet`, {
    advice: 'Leave it out; "tsreg build --help" shows the flags that are there.',
  })
}
