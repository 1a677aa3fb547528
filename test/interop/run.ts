/**
 * `npm run test:clients`: everybody's client against one registry, with and without a login. Each pushes, lists, pulls,
 * deletes, pushes again and pulls again every kind of content; our client pulls what it pushed, and it pulls what our
 * client pushed.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credentials, writeHtpasswd } from '../harness/htpasswd.ts'
import { assertThat } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import type { Client, CreateClient } from './client.ts'
import { createBuildah } from './clients/buildah.ts'
import { createContainerd } from './clients/containerd.ts'
import { createCrane } from './clients/crane.ts'
import { createDocker } from './clients/docker.ts'
import { createPodman } from './clients/podman.ts'
import { createSkopeo } from './clients/skopeo.ts'
import { createTsreg } from './clients/tsreg.ts'
import { exercise } from './exercise.ts'
import { type Fixture, makeFixtures } from './fixtures.ts'
import { viewRegistry } from './registry.ts'

const creators: Readonly<Record<string, CreateClient>> = {
  tsreg: createTsreg,
  skopeo: createSkopeo,
  podman: createPodman,
  buildah: createBuildah,
  docker: createDocker,
  ctr: createContainerd,
  crane: createCrane,
}

const credentials: Credentials = { username: 'somebody', password: 'correct horse: battery/staple' }

await runSuite(
  {
    script: 'test:clients',
    tools: [
      ...(['skopeo', 'podman', 'buildah', 'docker', 'dockerd', 'containerd', 'ctr', 'crane'] as const),
      ...(['debootstrap', 'busybox', 'htpasswd', 'runc', 'conmon'] as const),
    ],
    flags: { clients: { type: 'string' }, fixtures: { type: 'string' } },
  },
  async (context) => {
    const fixtures = await chosenFixtures(context)
    for (const { name, digest, sizeBytes } of fixtures) {
      context.report.note(`${name.padEnd(9)} ${(sizeBytes / 1e6).toFixed(1)} MB  ${digest}`)
    }
    const versions: Record<string, string> = {}
    for (const authentication of [false, true]) {
      // Logging in does not depend on size: at the ci scale the large image travels without it only.
      const moved = fixtures.filter(({ name }) => name !== 'debian' || !authentication || context.scale === 'full')
      Object.assign(versions, await runWithClients(context, moved, authentication))
    }
    context.record({
      clients: versions,
      fixtures: fixtures.map(({ name, digest, sizeBytes }) => ({ name, digest, sizeBytes })),
    })
  },
)

async function chosenFixtures({ directory, seed, flags }: SuiteContext): Promise<readonly Fixture[]> {
  const home = join(directory, 'fixtures')
  await mkdir(home)
  const fixtures = await makeFixtures(home, seed)
  const debian = fixtures.find(({ name }) => name === 'debian')
  assertThat(debian !== undefined && debian.sizeBytes > 100_000_000, 'the Debian image is over 100 MB')
  const names = typeof flags.fixtures === 'string' ? flags.fixtures.split(',') : undefined
  return fixtures.filter(({ name }) => names === undefined || names.includes(name))
}

async function runWithClients(
  context: SuiteContext,
  fixtures: readonly Fixture[],
  authentication: boolean,
): Promise<Record<string, string>> {
  const { directory, report, server: kind, flags, scale } = context
  const label = authentication ? 'login' : 'open'
  const storage = join(directory, label)
  await mkdir(storage)
  const htpasswd = authentication ? await writeHtpasswd(join(directory, 'htpasswd'), [credentials]) : undefined
  const server = await startServer({ kind, directory: storage, ...(htpasswd === undefined ? {} : { htpasswd }) })
  const login = authentication ? { credentials } : {}
  const view = viewRegistry(server, login.credentials)
  const names = typeof flags.clients === 'string' ? flags.clients.split(',') : Object.keys(creators)
  const versions: Record<string, string> = {}
  let ours: Client | undefined
  try {
    for (const name of names) {
      const create = creators[name]
      assertThat(create, `--clients names ${name}: there are ${Object.keys(creators).join(', ')}`)
      report.section(`${name} ${authentication ? 'with a login' : 'without a login'}`)
      let client: Client | undefined
      await report.check(`${name} starts${authentication ? ' and logs in' : ''}`, async () => {
        client = await create({ directory: join(directory, `${name}-${label}`), host: server.host, ...login })
        versions[name] = client.version
        return client.version
      })
      if (client === undefined) continue
      try {
        // The first one leaves a copy of every fixture for the others.
        ours ??= client
        for (const fixture of fixtures) {
          const once = fixture.name === 'debian' && scale === 'ci'
          await exercise({ report, client, fixture, ours, view, host: server.host, once })
        }
      } finally {
        if (client !== ours) await client.close()
      }
    }
  } finally {
    await ours?.close()
    await server.stop()
  }
  return versions
}
