/**
 * The client's lines: pull of an image of four layers into a local OCI layout beside crane and skopeo, and the time of
 * `tsreg version`. Whole commands, wall and CPU seconds of the command.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { blob, manifestType, pushBlob } from './content.ts'
import { run } from './loads.ts'
import type { BenchServer } from './servers.ts'

export type ClientName = 'tsreg' | 'crane' | 'skopeo'

const MiB = 1024 * 1024

/** Pushes an image of four incompressible layers to the server; `layerMiB` each. */
export async function seedImage(server: BenchServer, layerMiB: number): Promise<string> {
  const repository = 'bench/pull'
  const layers = Array.from({ length: 4 }, () => blob(randomBytes(layerMiB * MiB)))
  const config = blob(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: layers.map((each) => each.digest) },
      }),
    ),
  )
  for (const each of [...layers, config]) await pushBlob(server.port, repository, each)
  const describe = (mediaType: string, each: typeof config) => ({
    mediaType,
    digest: each.digest,
    size: each.bytes.byteLength,
  })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((each) => describe('application/vnd.oci.image.layer.v1.tar', each)),
  })
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/${repository}/manifests/latest`, {
    method: 'PUT',
    headers: { 'content-type': manifestType },
    body: manifest,
  })
  if (!response.ok) throw new Error(`seeding the image: ${response.status} ${await response.text()}`)
  return `127.0.0.1:${server.port}/${repository}:latest`
}

export interface CommandTime {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

export async function pullTime(
  client: ClientName,
  reference: string,
  options: { root: string; checkout: string; goBin: string },
): Promise<CommandTime> {
  const directory = mkdtempSync(join(options.root, `pull-${client}-`))
  const commands: Record<ClientName, { command: string[]; env?: Record<string, string> }> = {
    tsreg: { command: [join(options.checkout, 'tsreg'), 'pull', '-q', reference], env: { TSREG_HOME: directory } },
    crane: { command: [join(options.goBin, 'crane'), 'pull', '--format', 'oci', reference, join(directory, 'layout')] },
    skopeo: {
      command: [
        'skopeo',
        'copy',
        '-q',
        '--src-tls-verify=false',
        `docker://${reference}`,
        `oci:${directory}/layout:latest`,
      ],
    },
  }
  const { command, env } = commands[client]
  try {
    return await timed(command, env)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Seconds of one command, by the shell's own account so that children count. */
export async function timed(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandTime> {
  const script = 'TIMEFORMAT="%R %U %S"; exec 3>&2; { time "$@" > /dev/null 2>&3; } 2>&1'
  const output = await run('bash', ['-c', script, 'bash', ...command], env)
  const [wall, user, system] = output.trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
  if (wall === undefined || user === undefined || system === undefined) throw new Error(`no times in ${output}`)
  return { wallSeconds: wall, cpuSeconds: user + system }
}
