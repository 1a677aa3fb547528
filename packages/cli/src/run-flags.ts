/**
 * The options of `run` and `create`, and what they ask for.
 * @module
 */
import type { CreateOptions } from '@tsreg/runtime'
import { type Command, Option } from 'commander'
import {
  checkMounts,
  parseCpus,
  parseEnv,
  parseLabels,
  parseMemory,
  parseNetwork,
  parsePidsLimit,
  parseTmpfs,
  parseVolume,
  parseWorkdir,
  readEnvFile,
} from './container-options.ts'
import type { Invocation } from './invocation.ts'
import { unbuiltRunFlags, withUnbuilt } from './unbuilt.ts'
import { type PlatformFlag, withPlatform } from './verb.ts'

export interface RunFlags extends PlatformFlag {
  readonly interactive?: boolean
  readonly tty?: boolean
  readonly rm?: boolean
  readonly name?: string
  readonly env?: readonly string[]
  readonly envFile?: readonly string[]
  readonly volume?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly workdir?: string
  readonly user?: string
  readonly entrypoint?: string
  readonly hostname?: string
  readonly readOnly?: boolean
  readonly memory?: string
  readonly cpus?: string
  readonly pidsLimit?: string
  readonly capAdd?: readonly string[]
  readonly capDrop?: readonly string[]
  readonly network?: string
  readonly label?: readonly string[]
  readonly stopSignal?: string
  readonly pull: 'always' | 'missing' | 'never'
  readonly quiet?: boolean
}

export function withRunFlags(command: Command): Command {
  command
    .option('-i, --interactive', 'Send standard input to the container')
    .option('-t, --tty', 'Give the container a terminal')
    .option('--rm', 'Remove the container when it has ended')
    .option('--name <name>', 'Name of the container; default: two words')
    .addOption(several('-e, --env <name=value>', 'Set a variable; NAME alone takes its value from here'))
    .addOption(several('--env-file <file>', 'Variables from a file, a line each'))
    .addOption(
      several('-v, --volume <host:container>', 'Show a directory or file of this machine; :ro for reading only'),
    )
    .addOption(several('--tmpfs <path>', 'An empty file system in memory, for example /run:size=64m'))
    .option('-w, --workdir <path>', 'Working directory in the container')
    .option('-u, --user <user>', 'User, as name or number, with :GROUP or without')
    .option('--entrypoint <program>', "Replace the image's entrypoint")
    .option('-h, --hostname <name>', 'Hostname; default: the first twelve digits of the ID')
    .option('--read-only', 'The root file system cannot be written')
    .option('-m, --memory <bytes>', 'Limit of memory, for example 512m')
    .option('--cpus <number>', 'Limit of processors, for example 1.5')
    .option('--pids-limit <number>', 'Limit of processes; -1 for none')
    .addOption(several('--cap-add <name>', 'Add a capability, or ALL'))
    .addOption(several('--cap-drop <name>', 'Drop a capability, or ALL'))
    .option('--network <network>', "host: this machine's network; none: loopback only", 'host')
    .addOption(new Option('--net <network>').hideHelp())
    .addOption(several('-l, --label <name=value>', 'Set a label'))
    .option('--stop-signal <signal>', 'Signal that stops the container; default: of the image, else SIGTERM')
    .addOption(
      new Option('--pull <when>', 'Pull the image first').choices(['always', 'missing', 'never']).default('missing'),
    )
    .option('-q, --quiet', 'No progress while pulling')
  return withUnbuilt(withPlatform(command, 'Of an index the image for this platform'), unbuiltRunFlags)
}

/** What the flags ask for, without the image. @throws CliError USAGE */
export function createOptionsOf(
  flags: RunFlags & { readonly net?: string },
  words: readonly string[],
  { env }: Pick<Invocation, 'env'>,
): Omit<CreateOptions, 'image'> {
  const mounts = checkMounts([...(flags.volume ?? []).map(parseVolume), ...(flags.tmpfs ?? []).map(parseTmpfs)])
  return {
    command: words,
    entrypoint: flags.entrypoint === undefined ? undefined : [flags.entrypoint],
    name: flags.name,
    env: [
      ...(flags.envFile ?? []).flatMap((path) => readEnvFile(path, env)),
      ...(flags.env ?? []).flatMap((text) => parseEnv(text, env)),
    ],
    cwd: flags.workdir === undefined ? undefined : parseWorkdir(flags.workdir),
    user: flags.user,
    hostname: flags.hostname,
    labels: parseLabels(flags.label ?? []),
    stopSignal: flags.stopSignal,
    terminal: flags.tty,
    stdin: flags.interactive,
    network: parseNetwork(flags.net ?? flags.network ?? 'host'),
    autoRemove: flags.rm,
    readOnlyRoot: flags.readOnly,
    memoryBytes: flags.memory === undefined ? undefined : parseMemory(flags.memory),
    cpus: flags.cpus === undefined ? undefined : parseCpus(flags.cpus),
    pids: flags.pidsLimit === undefined ? undefined : parsePidsLimit(flags.pidsLimit),
    capabilitiesAdded: flags.capAdd,
    capabilitiesDropped: flags.capDrop,
    mounts,
  }
}

export function several(names: string, description: string): Option {
  return new Option(names, description).argParser((value: string, earlier: readonly string[] | undefined) => [
    ...(earlier ?? []),
    value,
  ])
}
