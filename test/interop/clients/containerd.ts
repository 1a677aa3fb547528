/**
 * ctr on a containerd of its own.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { layoutTag } from '../../bases/layout.ts'
import { startChild } from '../../harness/children.ts'
import { attempt, run } from '../../harness/command.ts'
import { toolPath } from '../../harness/tools.ts'
import { type CreateClient, digestIn } from '../client.ts'

export const createContainerd: CreateClient = async ({ directory, credentials }) => {
  await mkdir(directory, { recursive: true })
  const socket = join(directory, 'c.sock')
  const config = join(directory, 'config.toml')
  await writeFile(config, configuration(directory, socket))
  const daemon = startChild([toolPath('containerd'), '--config', config], { log: join(directory, 'containerd.log') })
  const ctr = (...args: readonly string[]) => run([toolPath('ctr'), '--address', socket, ...args])
  for (let tries = 0; (await attempt([toolPath('ctr'), '--address', socket, 'version'])).status !== 0; tries++) {
    if (tries > 100 || !daemon.isRunning()) throw new Error(`containerd did not start, see ${daemon.log}`)
    await sleep(100)
  }
  const remote = [
    '--plain-http',
    ...(credentials === undefined ? [] : ['--user', `${credentials.username}:${credentials.password}`]),
  ]
  const forget = async () => {
    const names = (await ctr('images', 'ls', '--quiet')).split('\n').filter(Boolean)
    if (names.length > 0) await ctr('images', 'rm', '--sync', ...names)
  }
  const digestOf = async (name: string) => digestIn(await ctr('images', 'ls', `name==${name}`))

  return {
    name: 'ctr',
    version: await ctr('--version'),
    exact: true,
    refusals: {},
    async push(fixture, reference) {
      await forget()
      // The import appends the tag that the layout gives its root.
      const repository = reference.slice(0, -`:${layoutTag}`.length)
      const archive = join(directory, 'layout.tar')
      await run(['tar', '--create', `--file=${archive}`, `--directory=${fixture.layout}`, '.'])
      await ctr('images', 'import', '--no-unpack', '--all-platforms', '--base-name', repository, archive)
      await ctr('images', 'push', ...remote, reference, reference)
      return digestOf(reference)
    },
    async pull(reference, fixture) {
      await forget()
      // Only images can be unpacked; other content is fetched.
      if (fixture.configs.length === 0 || fixture.name === 'artifact')
        await ctr('content', 'fetch', ...remote, reference)
      else await ctr('images', 'pull', ...remote, '--all-platforms', '--snapshotter', 'native', reference)
      return digestOf(reference)
    },
    async close() {
      await forget()
      await daemon.end('SIGTERM')
    },
  }
}

function configuration(directory: string, socket: string): string {
  return [
    'version = 2',
    `root = "${join(directory, 'root')}"`,
    `state = "${join(directory, 'state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = "${socket}"`,
    '[ttrpc]',
    `address = "${socket}.ttrpc"`,
    '',
  ].join('\n')
}
