/**
 * `config.json` of a bundle (runtime-spec 1.0.2, "Configuration" and "Linux Container Configuration"), as far as it is
 * written here.
 * @module
 */

export interface RuntimeConfig {
  readonly ociVersion: string
  readonly root: { readonly path: string; readonly readonly: boolean }
  readonly process: RuntimeProcess
  readonly hostname?: string
  readonly mounts: readonly RuntimeMount[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly linux: RuntimeLinux
}

export interface RuntimeProcess {
  readonly terminal: boolean
  /** In characters. */
  readonly consoleSize?: { readonly height: number; readonly width: number }
  readonly user: RuntimeUser
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly capabilities: RuntimeCapabilities
  readonly rlimits?: readonly RuntimeLimit[]
  readonly noNewPrivileges: boolean
  readonly oomScoreAdj?: number
}

export interface RuntimeUser {
  readonly uid: number
  readonly gid: number
  readonly additionalGids?: readonly number[]
}

/** Each set as names, `CAP_CHOWN`. */
export interface RuntimeCapabilities {
  readonly bounding: readonly string[]
  readonly effective: readonly string[]
  readonly permitted: readonly string[]
}

export interface RuntimeLimit {
  /** `RLIMIT_NOFILE` */
  readonly type: string
  readonly soft: number
  readonly hard: number
}

export interface RuntimeMount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

export interface RuntimeLinux {
  readonly namespaces: readonly { readonly type: string }[]
  readonly cgroupsPath?: string
  readonly resources: RuntimeResources
  readonly maskedPaths: readonly string[]
  readonly readonlyPaths: readonly string[]
  readonly seccomp?: RuntimeSeccomp
  readonly rootfsPropagation?: string
}

export interface RuntimeResources {
  readonly devices: readonly RuntimeDeviceRule[]
  /** `limit` and `swap` in bytes; `swap` counts memory and swap together. */
  readonly memory?: { readonly limit?: number; readonly swap?: number }
  /** Microseconds of processor time in each period of as many microseconds. */
  readonly cpu?: { readonly quota?: number; readonly period?: number; readonly shares?: number }
  readonly pids?: { readonly limit: number }
}

export interface RuntimeDeviceRule {
  readonly allow: boolean
  readonly type?: 'a' | 'b' | 'c'
  readonly major?: number
  readonly minor?: number
  /** Of `r`, `w` and `m`. */
  readonly access: string
}

export interface RuntimeSeccomp {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly architectures: readonly string[]
  readonly syscalls: readonly RuntimeSyscalls[]
}

export interface RuntimeSyscalls {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly RuntimeSyscallArgument[]
}

export interface RuntimeSyscallArgument {
  readonly index: number
  readonly value: number
  readonly valueTwo?: number
  readonly op: string
}
