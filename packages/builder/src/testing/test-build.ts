/**
 * For tests: a build of a Dockerfile's text with a context in memory, and all that it tells.
 * @module
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type Layout, openImageStore, readImage, resolveImage } from '@tsreg/image'
import { type BuildOptions, build } from '../build.ts'
import type { BuiltImage } from '../built-image.ts'
import { openBuildCache } from '../cache/build-cache.ts'
import { parseDockerfile, parseInstructions } from '../dockerfile/index.ts'
import type { BuildEvent } from '../progress/events.ts'
import { type FakeContainers, type FakeContainersOptions, fakeContainers } from './fake-containers.ts'
import { type MemoryFile, memoryTree } from './memory-tree.ts'

export interface TestBuild {
  readonly image: BuiltImage
  readonly events: readonly BuildEvent[]
  /** The steps that were found in the cache, and those that were executed, by their instruction. */
  readonly cached: readonly string[]
  readonly executed: readonly string[]
}

export interface TestBuilder {
  readonly images: Layout
  readonly containers: FakeContainers
  build(dockerfile: string, context?: Readonly<Record<string, MemoryFile>>, options?: BuildOptions): Promise<TestBuild>
}

/** @param directory of the images, the cache and the containers */
export async function testBuilder(
  directory: string,
  options: Omit<FakeContainersOptions, 'directory'> = {},
): Promise<TestBuilder> {
  const images = await openImageStore(join(directory, 'images'))
  mkdirSync(join(directory, 'upper'), { recursive: true })
  const containers = fakeContainers({ ...options, directory: join(directory, 'upper') })
  return {
    images,
    containers,
    async build(dockerfile, context = {}, buildOptions = {}) {
      const events: BuildEvent[] = []
      const surroundings = {
        images,
        snapshotter: async () => containers.snapshotter,
        cache: await openBuildCache(join(directory, 'cache'), images),
        runStep: containers.runStep,
        containersDirectory: join(directory, 'containers'),
        findImage: async (reference: string) => readImage(images, (await resolveImage(images, reference)).image.root),
        context: { ...memoryTree(context, 'the build context'), newestTime: async () => 1000 },
        stdout: new PassThrough().resume(),
        stderr: new PassThrough().resume(),
        onEvent: (event: BuildEvent) => events.push(event),
      }
      const image = await build(parseInstructions(parseDockerfile(dockerfile)), surroundings, {
        dockerfileTime: 1000,
        ...buildOptions,
      })
      return { image, events, ...outcomes(events) }
    },
  }
}

function outcomes(events: readonly BuildEvent[]): Pick<TestBuild, 'cached' | 'executed'> {
  const cached: string[] = []
  const executed: string[] = []
  let text = ''
  for (const event of events) {
    if (event.kind === 'step' || event.kind === 'trigger') text = event.text
    if (event.kind === 'cached') cached.push(text)
    if (event.kind === 'miss') executed.push(text)
  }
  return { cached, executed }
}
