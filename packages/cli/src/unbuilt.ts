/**
 * Flags that docker has and tsreg has not yet: an error that says so, instead of one that knows nothing, or silence.
 * @module
 */
import { type Command, Option } from 'commander'
import { CliError } from './errors.ts'

/** Flags in commander's grammar without values, each with what to do instead; an empty text is none. */
export type UnbuiltFlags = Readonly<Record<string, string>>

export function withUnbuilt(command: Command, flags: UnbuiltFlags): Command {
  for (const [names, instead] of Object.entries(flags)) {
    const option = new Option(`${names} [value]`).hideHelp()
    command.addOption(option)
    command.on(`option:${option.name()}`, () => {
      throw new CliError('USAGE', `${option.long ?? names} is not built yet`, instead === '' ? {} : { advice: instead })
    })
  }
  return command
}

/** Of `run` and `create`. */
export const unbuiltRunFlags: UnbuiltFlags = {
  '-p, --publish': 'Containers use the network of this machine: what listens in the container listens here already.',
  '-P, --publish-all':
    'Containers use the network of this machine: what listens in the container listens here already.',
  '-a, --attach': 'Without -d all streams are attached.',
  '-c, --cpu-shares': '',
  '--add-host': '',
  '--annotation': '',
  '--blkio-weight': '',
  '--cgroup-parent': '',
  '--cgroupns': '',
  '--cidfile': 'With -d the ID is printed.',
  '--cpu-period': 'See --cpus.',
  '--cpu-quota': 'See --cpus.',
  '--cpuset-cpus': '',
  '--cpuset-mems': '',
  '--detach-keys': 'Ctrl-P Ctrl-Q detaches.',
  '--device': '',
  '--dns': '',
  '--dns-option': '',
  '--dns-search': '',
  '--domainname': '',
  '--expose': '',
  '--gpus': '',
  '--group-add': '',
  '--health-cmd': '',
  '--health-interval': '',
  '--health-retries': '',
  '--health-start-period': '',
  '--health-timeout': '',
  '--init': '',
  '--ip': '',
  '--ipc': '',
  '--isolation': '',
  '--label-file': '',
  '--link': '',
  '--log-driver': '',
  '--log-opt': '',
  '--mac-address': '',
  '--memory-reservation': '',
  '--memory-swap': 'As much swap as memory is allowed.',
  '--memory-swappiness': '',
  '--mount': 'See --volume and --tmpfs.',
  '--network-alias': '',
  '--no-healthcheck': 'Health checks are stored and not run.',
  '--oom-kill-disable': '',
  '--oom-score-adj': '',
  '--pid': '',
  '--privileged': 'See --cap-add.',
  '--restart': 'Nothing runs that could start it again; let systemd or a script do it.',
  '--runtime': '',
  '--security-opt': '',
  '--shm-size': 'See --tmpfs, for example --tmpfs /dev/shm:size=1g.',
  '--sig-proxy': 'Signals are handed on to the container; the third Ctrl-C leaves it.',
  '--stop-timeout': 'See "tsreg stop --time".',
  '--storage-opt': '',
  '--sysctl': '',
  '--ulimit': '',
  '--userns': '',
  '--uts': '',
  '--volume-driver': '',
  '--volumes-from': '',
}
