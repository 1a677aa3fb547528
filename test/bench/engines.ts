/**
 * What builds images and runs containers in the bench: tsreg, docker and buildah, each with a storage of its own in one file
 * system.
 * @module
 */
import { join } from 'node:path'
import { prepareContainersStorage } from '../harness/containers-storage.ts'
import { startDockerDaemon } from '../harness/docker-daemon.ts'
import { unmountBelow } from '../harness/mounts.ts'
import { toolPath } from '../harness/tools.ts'
import { timed } from './client.ts'

export const engineNames = ['tsreg', 'docker', 'buildah'] as const
export type EngineName = (typeof engineNames)[number]

export interface BuildRequest {
  /** The context, with its Dockerfile. */
  readonly directory: string
  /** @default none */
  readonly tag?: string
  /** @default false */
  readonly noCache?: boolean
}

/** Both return the wall seconds of the command; what a daemon does counts because the command waits for it. */
export interface Engine {
  build(request: BuildRequest): Promise<number>
  /** `run --rm` with these words behind it. */
  run(...words: readonly string[]): Promise<number>
}

export interface Engines extends AsyncDisposable {
  readonly tsreg: Engine
  readonly docker: Engine
  readonly buildah: Pick<Engine, 'build'>
}

/** What is typed, and the environment of it. */
interface EngineWords {
  readonly build: readonly string[]
  readonly run?: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** Starts a dockerd in `directory`. Needs root. */
export async function openEngines(directory: string, checkout: string): Promise<Engines> {
  const daemon = await startDockerDaemon(join(directory, 'docker'))
  return {
    tsreg: engineOf(tsregWords(join(directory, 'tsreg'), join(checkout, 'tsreg'))),
    docker: engineOf(dockerWords(daemon)),
    buildah: engineOf(await buildahWords(join(directory, 'buildah'))),
    async [Symbol.asyncDispose]() {
      await daemon.stop()
      await unmountBelow(directory)
    },
  }
}

function engineOf({ build, run = [], env }: EngineWords): Engine {
  const seconds = async (words: readonly string[]) => (await timed(words, env)).wallSeconds
  return {
    build({ directory, tag, noCache = false }) {
      return seconds([...build, ...(tag ? [`--tag=${tag}`] : []), ...(noCache ? ['--no-cache'] : []), directory])
    },
    run: (...words) => seconds([...run, ...words]),
  }
}

/** The same network for all, and none where none is needed. */
const buildNetwork = '--network=none'
const runFlags = ['--rm', '--network=host']

function tsregWords(home: string, program: string): EngineWords {
  return {
    build: [program, 'build', buildNetwork],
    run: [program, 'run', ...runFlags],
    env: { TSREG_HOME: home },
  }
}

function dockerWords({ program, env }: { readonly program: string; readonly env: NodeJS.ProcessEnv }): EngineWords {
  return {
    build: [program, 'build', buildNetwork],
    run: [program, 'run', ...runFlags],
    env: { ...env, DOCKER_BUILDKIT: '0' },
  }
}

async function buildahWords(directory: string): Promise<EngineWords> {
  const { env, policy } = await prepareContainersStorage(directory)
  const runc = `--runtime=${toolPath('runc')}`
  return {
    build: [toolPath('buildah'), 'bud', '--layers', buildNetwork, runc, `--signature-policy=${policy}`],
    env,
  }
}
