/**
 * What most of these tests begin with: a registry, and a command whose default registry it is.
 * @module
 */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import type { RegistrySettings } from '@tsreg/registry'
import { bundleCli, type Cli, openCli } from './cli.ts'
import { startTestRegistry, type TestRegistry } from './registry.ts'

/** Valid inside of tests and of `beforeEach`. */
export interface Setup {
  readonly cli: Cli
  readonly registry: TestRegistry
  /** The bundle's entry. */
  readonly main: string
}

export interface SetupOptions {
  /**
   * One registry and home for all tests of the file: for tests that change nothing.
   * @default false
   */
  readonly shared?: boolean
  readonly settings?: RegistrySettings
}

/** Registers the hooks: one bundle per file, a fresh registry and home per test. */
export function useSetup({ shared = false, settings = {} }: SetupOptions = {}): Setup {
  const before = shared ? beforeAll : beforeEach
  const after = shared ? afterAll : afterEach
  let bundle: ReturnType<typeof bundleCli> | undefined
  let registry: TestRegistry | undefined
  let cli: Cli | undefined
  beforeAll(() => {
    bundle = bundleCli()
  })
  before(async () => {
    registry = await startTestRegistry(settings)
    cli = await openCli(present(bundle).main)
    cli.env.TSREG_REGISTRY = registry.host
  })
  after(async () => {
    await cli?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })
  afterAll(() => bundle?.remove())
  return {
    get cli() {
      return present(cli)
    },
    get registry() {
      return present(registry)
    },
    get main() {
      return present(bundle).main
    },
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('used outside of a test')
  return value
}
