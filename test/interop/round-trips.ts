/**
 * Round trips of everybody's client with one registry: each pushes, lists, pulls, deletes, pushes again and pulls again
 * every kind of content; our client pulls what it pushed, and it pulls what our client pushed.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credentials, writeHtpasswd } from '../harness/htpasswd.ts'
import { assertThat, type Report } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import type { ServerKind, StorageTarget } from '../harness/server-kinds.ts'
import type { ToolName } from '../harness/tools.ts'
import type { Client, CreateClient } from './client.ts'
import { createBuildah } from './clients/buildah.ts'
import { createContainerd } from './clients/containerd.ts'
import { createCrane } from './clients/crane.ts'
import { createDocker } from './clients/docker.ts'
import { createPodman } from './clients/podman.ts'
import { createSkopeo } from './clients/skopeo.ts'
import { createTsreg } from './clients/tsreg.ts'
import { exercise } from './exercise.ts'
import type { Fixture } from './fixtures.ts'
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

/** What the clients and the fixtures need. */
export const clientTools: readonly ToolName[] = [
  ...(['skopeo', 'podman', 'buildah', 'docker', 'dockerd', 'containerd', 'ctr', 'crane'] as const),
  ...(['debootstrap', 'busybox', 'htpasswd', 'runc', 'conmon'] as const),
]

/** All clients there are, ours first. */
export const clientNames: readonly string[] = Object.keys(creators)

const credentials: Credentials = { username: 'somebody', password: 'correct horse: battery/staple' }

export interface RoundTrips {
  readonly report: Report
  readonly kind: ServerKind
  /** For the registry and every client's stores. */
  readonly directory: string
  /** Where the registry keeps everything instead. */
  readonly storage?: StorageTarget
  readonly authentication: boolean
  readonly fixtures: readonly Fixture[]
  /** Names of {@link clientNames}; the first one's copies are what the others pull. */
  readonly clients: readonly string[]
  /** Names of fixtures that are pushed, listed and pulled only: without the deletion and what comes after it. */
  readonly once: readonly string[]
}

/** Runs all of it, and returns the versions of the clients by name. */
export async function runRoundTrips(trips: RoundTrips): Promise<Readonly<Record<string, string>>> {
  const { report, kind, directory, authentication, fixtures, clients } = trips
  const label = authentication ? 'login' : 'open'
  const data = join(directory, label)
  await mkdir(data, { recursive: true })
  const htpasswd = authentication ? await writeHtpasswd(join(directory, 'htpasswd'), [credentials]) : undefined
  const server = await startServer({
    ...{ kind, directory: data },
    ...(trips.storage === undefined ? {} : { storage: trips.storage }),
    ...(htpasswd === undefined ? {} : { htpasswd }),
  })
  const login = authentication ? { credentials } : {}
  const view = viewRegistry(server, login.credentials)
  const versions: Record<string, string> = {}
  let ours: Client | undefined
  try {
    for (const name of clients) {
      const create = creators[name]
      assertThat(create, `--clients names ${name}: there are ${clientNames.join(', ')}`)
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
          const once = trips.once.includes(fixture.name)
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
