/**
 * Where attacks take place: a registry, one home of tsreg for all of them, and for each a context and a tree outside.
 * @module
 */

import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { attempt, type CommandResult, run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertThat } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import type { Attack, Scene } from './attack.ts'
import { findSecret } from './leaks.ts'
import { makeOutside } from './outside.ts'
import { publish } from './published.ts'

export interface Stage {
  /** Lets the attack happen. @throws Error that says what it came to, if it came to something */
  play(attack: Attack): Promise<void>
  close(): Promise<void>
}

export interface StageOptions {
  /** New. */
  readonly directory: string
  /** The checkout whose `tsreg` is attacked. @default this one */
  readonly root?: string
  /** The layers of the base image. */
  readonly base: readonly Uint8Array[]
}

/** A command that hangs has been made to by the attack. */
const commandLimitMs = 60_000

export async function openStage({ directory, root = repositoryRoot, base }: StageOptions): Promise<Stage> {
  const home = join(directory, 'home')
  await mkdir(home, { recursive: true })
  const server = await startServer({ kind: 'tsreg', directory: join(directory, 'registry') })
  const baseReference = await publish(server.host, 'base', { layers: base })
  const env = {
    ...process.env,
    TSREG_HOME: home,
    DOCKER_CONFIG: join(directory, 'docker'),
    XDG_CONFIG_HOME: join(directory, 'config'),
  }
  let count = 0
  return {
    async play(attack) {
      count += 1
      const name = `attack-${count}`
      const place = join(directory, name)
      const context = join(place, 'context')
      await mkdir(context, { recursive: true })
      const outside = await makeOutside(join(place, 'outside'))
      const printed: string[] = []
      let published = 0
      const tsreg = async (...words: readonly string[]): Promise<CommandResult> => {
        const command = [join(root, 'tsreg'), ...words]
        const result = await attempt(command, { env, cwd: context, timeoutMs: commandLimitMs })
        printed.push(result.stdout, result.stderr)
        return result
      }
      const write = async (path: string, content: string | Uint8Array) => {
        await mkdir(dirname(join(context, path)), { recursive: true })
        await writeFile(join(context, path), content)
      }
      const scene: Scene = {
        ...{ outside, context, host: server.host, base: baseReference, write, tsreg },
        async link(path, target) {
          await mkdir(dirname(join(context, path)), { recursive: true })
          await symlink(target, join(context, path))
        },
        async build(dockerfile, ...flags) {
          await write('Dockerfile', `${dockerfile.join('\n')}\n`)
          return tsreg('build', '-t', `built/${name}`, ...flags, '.')
        },
        built: () => listImage(home, name),
        content: (path) => readImage(home, name, path),
        layers: async () => Buffer.concat(await Promise.all((await layersOf(home, name)).map(uncompressed))),
        async onTerminal(...words) {
          const command = [join(root, 'tsreg'), ...words].map((word) => `'${word}'`).join(' ')
          const { stdout } = await attempt(['script', '--quiet', '--command', command, '/dev/null'], {
            ...{ env, cwd: context, timeoutMs: commandLimitMs },
          })
          return stdout
        },
        // A name of its own each time: what is there under a name already is not pulled again.
        publish: (image) => publish(server.host, `${name}-${++published}`, image),
      }
      await attack.attempt(scene)
      const changes = outside.changes()
      assertThat(changes.length === 0, `something outside was changed:\n${changes.join('\n')}`)
      const saidBy = printed.filter((text) => text.includes(outside.secret))
      assertThat(saidBy.length === 0, `the secret was printed:\n${saidBy.join('\n')}`)
      const leaks = await findSecret(home, outside.secret)
      assertThat(leaks.length === 0, `the secret lies in ${leaks.join(', ')}`)
      await rm(place, { recursive: true, force: true })
    },
    close: () => server.stop(),
  }
}

async function listImage(home: string, name: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const layer of await layersOf(home, name)) {
    const list = await run(['tar', '--list', '--verbose', '--numeric-owner', '--quoting-style=escape', '-zf', layer])
    for (const line of list.split('\n')) {
      const [, type = '', owner = '', size = '', path = '', target = ''] = linePattern.exec(line) ?? []
      if (path !== '') files.set(path.replace(/\/$/, ''), `${type} ${owner} ${size}${target}`)
    }
  }
  return files
}

/** `-rw-r--r-- 0/0    12 2023-11-14 22:13 path -> target` */
const linePattern = /^(.)\S+ (\S+) +(\S+) \S+ \S+ (.*?)( -> .*| link to .*)?$/

async function readImage(home: string, name: string, path: string): Promise<string> {
  for (const layer of (await layersOf(home, name)).toReversed()) {
    const { status, stdout } = await attempt(['tar', '--extract', '--to-stdout', '-zf', layer, path])
    if (status === 0) return stdout
  }
  throw new Error(`the image has no file ${path}`)
}

async function uncompressed(layer: string): Promise<Buffer> {
  return gunzipSync(await readFile(layer))
}

async function layersOf(home: string, name: string): Promise<readonly string[]> {
  const images = join(home, 'images')
  const blob = (digest: string) => join(images, 'blobs', digest.replace(':', '/'))
  const index = JSON.parse(await readFile(join(images, 'index.json'), 'utf8'))
  const found = index.manifests.find(({ annotations }: { annotations?: Record<string, string> }) =>
    Object.values(annotations ?? {}).some((value) => value.endsWith(`built/${name}:latest`)),
  )
  assertThat(found !== undefined, `there is no image built/${name}`)
  const manifest = JSON.parse(await readFile(blob(found.digest), 'utf8'))
  return manifest.layers.map(({ digest }: { digest: string }) => blob(digest))
}
