/**
 * `config.json` of a bundle (runtime-spec 1.0.2) by what it means, in whatever order and grouping it says it.
 * @module
 */

/** As far as it is compared. */
export interface Document {
  readonly process: { readonly capabilities: Readonly<Record<string, readonly string[]>> }
  readonly mounts: readonly {
    readonly destination: string
    readonly type: string
    readonly options: readonly string[]
  }[]
  readonly linux: {
    readonly maskedPaths: readonly string[]
    readonly readonlyPaths: readonly string[]
    readonly seccomp: {
      readonly defaultAction: string
      readonly architectures: readonly string[]
      readonly syscalls: readonly Rule[]
    }
  }
}

interface Rule {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly {
    readonly index: number
    readonly value: number
    readonly valueTwo?: number
    readonly op: string
  }[]
}

/** For each call that a rule names, all its rules as one text. */
export function callsOf({ linux }: Document): ReadonlyMap<string, string> {
  const rules = new Map<string, Set<string>>()
  for (const { names, action, errnoRet = 1, args = [] } of linux.seccomp.syscalls) {
    const conditions = args.map(({ index, value, valueTwo = 0, op }) => `${index} ${op} ${value} ${valueTwo}`)
    const text = [action === 'SCMP_ACT_ALLOW' ? 'allowed' : `error ${errnoRet}`, ...conditions].join(' if ')
    for (const name of names) rules.set(name, (rules.get(name) ?? new Set()).add(text))
  }
  return new Map([...rules].map(([name, texts]) => [name, [...texts].toSorted().join('; ')]))
}

/** Lists in one order. Capabilities that a set does not have are not told apart from a set that is not there. */
export function pathsAndRights({ process, mounts, linux }: Document) {
  const isOfSystem = ({ destination }: Document['mounts'][number]) => /^\/(proc|sys|dev)(\/|$)/.test(destination)
  const rights = Object.entries(process.capabilities).filter(([, names]) => names.length > 0)
  return {
    hidden: linux.maskedPaths.toSorted(),
    protected: linux.readonlyPaths.toSorted(),
    capabilities: rights.map(([set, names]) => `${set} ${names.toSorted().join(' ')}`).toSorted(),
    mounts: mounts
      .filter(isOfSystem)
      // A time of access says nothing of a file system that keeps none.
      .map(({ destination, type, options }) => [
        destination,
        type,
        ...options.filter((each) => each !== 'relatime').toSorted(),
      ])
      .map((words) => words.join(' '))
      .toSorted(),
    seccomp: [linux.seccomp.defaultAction, ...linux.seccomp.architectures.toSorted()],
  }
}
