/**
 * `npm run test:cross-run`: images built by tsreg run under docker and podman, and images built by docker run under
 * tsreg: the same output on both streams, environment, user, directory and exit status.
 *
 * `--cases A,B` chooses cases by how their names begin; `--without tsreg` compares docker and podman only, which checks
 * the suite itself.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBases } from '../bases/bases.ts'
import { layoutTag } from '../bases/layout.ts'
import { writeContext } from '../differential/context.ts'
import { run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import { runSuite } from '../harness/suite.ts'
import { imageCases } from './cases/image.ts'
import { processCases } from './cases/process.ts'
import type { BuildingEngine, Engine } from './engine.ts'
import { createDocker } from './engines/docker.ts'
import { createPodman } from './engines/podman.ts'
import { createTsreg } from './engines/tsreg.ts'
import { observe } from './observation.ts'
import type { RunCase } from './run-case.ts'

await runSuite(
  {
    script: 'test:cross-run',
    tools: ['docker', 'dockerd', 'podman', 'runc', 'conmon', 'debootstrap', 'busybox'],
    flags: { cases: { type: 'string' }, without: { type: 'string' } },
  },
  async ({ directory, report, record, flags }) => {
    const server = await startServer({ kind: 'tsreg', directory: join(directory, 'registry') })
    const { host } = server
    try {
      await pushBases(directory, host)
      const docker = await createDocker(join(directory, 'docker'), host)
      const podman = await createPodman(join(directory, 'podman'))
      const tsreg = flags.without === 'tsreg' ? [] : [await createTsreg(join(directory, 'tsreg'), host)]
      try {
        for (const { version } of [docker, podman, ...tsreg]) report.note(version)
        const chosen = typeof flags.cases === 'string' ? flags.cases.split(',') : ['']
        const cases = [...imageCases, ...processCases].filter(({ name }) =>
          chosen.some((each) => name.startsWith(each)),
        )
        for (const each of cases) {
          await report.check(each.name, () => compareRuns(each, { directory, host, docker, podman, tsreg: tsreg[0] }))
        }
        record({ cases: cases.length, engines: [docker, podman, ...tsreg].map(({ version }) => version) })
      } finally {
        for (const engine of [docker, podman, ...tsreg]) await engine.close()
      }
    } finally {
      await server.stop()
    }
  },
)

async function pushBases(directory: string, host: string): Promise<void> {
  const home = join(directory, 'bases')
  await mkdir(home)
  const env = { ...process.env, TSREG_HOME: join(home, 'home'), TSREG_REGISTRY: host }
  for (const [name, layout] of Object.entries(await makeBases(home))) {
    await run([join(repositoryRoot, 'tsreg'), 'push', `oci:${layout}:${layoutTag}`, `base/${name}:latest`], { env })
  }
}

interface Fleet {
  readonly directory: string
  readonly host: string
  readonly docker: BuildingEngine
  readonly podman: Engine
  readonly tsreg: BuildingEngine | undefined
}

/** Every pair of a builder and an engine shows what docker shows with its own image. */
async function compareRuns(each: RunCase, { directory, host, docker, podman, tsreg }: Fleet): Promise<string> {
  const context = join(directory, each.name)
  await writeContext(context, { ...each.context, Dockerfile: each.dockerfile })
  const theirs = `${host}/theirs/${each.name}:v1`
  const ours = `${host}/ours/${each.name}:v1`
  await docker.build(context, theirs)
  await tsreg?.build(context, ours)
  const expected = await observe(docker, theirs, each)
  assertEqual(expected.status, each.status ?? 0, 'the exit status under docker')
  const engines: readonly Engine[] = [
    docker,
    ...(each.notPodman === undefined ? [podman] : []),
    ...(tsreg ? [tsreg] : []),
  ]
  const pairs = engines.flatMap((engine) => (tsreg ? [ours, theirs] : [theirs]).map((image) => ({ engine, image })))
  const others = pairs.filter(({ engine, image }) => engine !== docker || image !== theirs)
  for (const { engine, image } of others) {
    await engine.pull(image)
    const seen = await observe(engine, image, each)
    for (const [what, value] of Object.entries(seen)) {
      assertThat(
        value === expected[what as keyof typeof seen],
        `${what} of ${image} under ${engine.name} is\n${value}\nand under docker with its own image\n${expected[what as keyof typeof seen]}`,
      )
    }
  }
  return `${others.length + 1} runs${each.notPodman === undefined ? '' : `; not podman: ${each.notPodman}`}`
}
