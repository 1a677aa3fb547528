/**
 * Where the story plays: a registry that holds the base image, a person's home, and a directory with a Dockerfile.
 * @module
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { layoutTag } from '../bases/layout.ts'
import { attempt, type CommandResult, run } from '../harness/command.ts'
import { trustEverything } from '../harness/containers-storage.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { startServer } from '../harness/server.ts'
import { toolPath } from '../harness/tools.ts'

export interface Stage {
  /** `127.0.0.1:<port>` of the registry. */
  readonly host: string
  /** What a person types after `tsreg`, in the directory with the Dockerfile. */
  type(...words: readonly string[]): Promise<CommandResult>
  /** As `type`, for what must succeed and say nothing on stderr; returns stdout. */
  say(...words: readonly string[]): Promise<string>
  write(name: string, content: string): Promise<void>
  /** The requests the registry has answered so far, as `METHOD path status`. */
  requests(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Starts a registry and puts the base there as `centos:centos5`, by another's client. */
export async function openStage(directory: string, layout: string): Promise<Stage> {
  const server = await startServer({ kind: 'tsreg', directory: join(directory, 'registry') })
  const policy = join(directory, 'policy.json')
  await writeFile(policy, trustEverything)
  const to = `docker://${server.host}/centos:centos5`
  await run([
    ...[toolPath('skopeo'), '--policy', policy, 'copy', '--quiet', '--dest-tls-verify=false', '--preserve-digests'],
    ...[`oci:${layout}:${layoutTag}`, to],
  ])
  const workplace = join(directory, 'workplace')
  await mkdir(workplace)
  const env = {
    ...process.env,
    TSREG_HOME: join(directory, 'home'),
    TSREG_REGISTRY: server.host,
    DOCKER_CONFIG: join(directory, 'docker'),
  }
  const type = (...words: readonly string[]) =>
    attempt([join(repositoryRoot, 'tsreg'), ...words], { env, cwd: workplace })
  return {
    host: server.host,
    type,
    async say(...words) {
      const { status, stdout, stderr } = await type(...words)
      if (status !== 0 || stderr !== '') {
        throw new Error(`tsreg ${words.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
      }
      return stdout
    },
    write: (name, content) => writeFile(join(workplace, name), content),
    async requests() {
      const lines = (await readFile(server.child.log, 'utf8'))
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'))
      return lines.map((line) => {
        const { method, path, status } = JSON.parse(line)
        return `${method} ${path} ${status}`
      })
    },
    close: () => server.stop(),
  }
}
