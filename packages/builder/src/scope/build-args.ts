/**
 * Build arguments: which are declared where, and what they are.
 *
 * ```
 * --build-arg  >  default of ARG in the stage  >  ARG before the first FROM  >  what the platform says
 * ```
 * ENV beats them all, which is the business of whoever puts both together.
 * @module
 */

/** Usable without ARG, and unseen in history and cache unless ARG names them. */
export const proxyArgs: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap(
  (name) => [name, name.toLowerCase()],
)

type Declared = ReadonlyMap<string, string | undefined>

/** The arguments of one stage at one of its lines; a declaration makes another one. */
export class BuildArgs {
  readonly #given: ReadonlyMap<string, string>
  readonly #meta: Declared
  readonly #declared: Declared

  private constructor(given: ReadonlyMap<string, string>, meta: Declared, declared: Declared) {
    this.#given = given
    this.#meta = meta
    this.#declared = declared
  }

  /**
   * Those before the first FROM.
   * @param given of `--build-arg`
   * @param platform of the build and of the image: see `platformArgs`
   */
  static of(given: ReadonlyMap<string, string>, platform: ReadonlyMap<string, string>): BuildArgs {
    return new BuildArgs(given, platform, new Map())
  }

  /** With an ARG before the first FROM. */
  withMeta(name: string, value: string | undefined): BuildArgs {
    const given = this.#given.get(name)
    // An ARG without a value takes nothing away from what the platform says.
    return new BuildArgs(this.#given, new Map(this.#meta).set(name, given ?? value ?? this.#meta.get(name)), new Map())
  }

  /** With an ARG of the stage. */
  with(name: string, value: string | undefined): BuildArgs {
    return new BuildArgs(this.#given, this.#meta, new Map(this.#declared).set(name, value))
  }

  /** Those of the next stage: none is declared in it. */
  next(): BuildArgs {
    return new BuildArgs(this.#given, this.#meta, new Map())
  }

  /** What a FROM line sees. */
  meta(): ReadonlyMap<string, string> {
    return withValues(this.#meta)
  }

  /** What the instructions of a stage see: the declared that have a value, and the proxies that were given. */
  allowed(): ReadonlyMap<string, string> {
    const proxies = proxyArgs.filter((name) => this.#given.has(name))
    const names = new Set([...this.#declared.keys(), ...proxies])
    return withValues(new Map([...names].map((name) => [name, this.#valueOf(name)])))
  }

  /** False for a proxy that no ARG names: it stays out of history and cache. */
  counts(name: string): boolean {
    return this.#declared.has(name) || this.#meta.has(name) || !proxyArgs.includes(name)
  }

  #valueOf(name: string): string | undefined {
    return this.#given.get(name) ?? this.#declared.get(name) ?? this.#meta.get(name)
  }
}

function withValues(args: Declared): ReadonlyMap<string, string> {
  return new Map([...args].filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The names given by `--build-arg` that no ARG of the Dockerfile takes, sorted. */
export function unconsumedArgs(given: ReadonlyMap<string, string>, declared: Iterable<string>): readonly string[] {
  const known = new Set([...proxyArgs, ...declared])
  return [...given.keys()].filter((name) => !known.has(name)).sort()
}
