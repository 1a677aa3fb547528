/**
 * One run of a container that is none, before a snapshot of this process is made: what it goes through is compiled in the snapshot.
 * The image, the programs and the C library are of cardboard. Where it cannot go on, the rest is compiled at each start, as
 * without it.
 * @module
 */
import { chmodSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetLibc } from '@tsreg/image/syscalls'
import { type Descriptor, digestOf, mediaTypes } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import type { Invocation } from './invocation.ts'
import { run } from './run.ts'

const image = 'localhost/rehearsal:v1'

/**
 * @param directory for what it needs: made, and removed
 * @returns the exit code of the run: 0 when it went through all
 */
export async function rehearse(directory: string): Promise<number> {
  const home = join(directory, 'home')
  const programs = join(directory, 'programs')
  writeImage(home)
  writePrograms(programs)
  const { getBuiltinModule, env } = process
  const path = env.PATH
  process.getBuiltinModule = ((name: string) =>
    /sqlite|ffi/.test(name) ? cardboard(name) : getBuiltinModule(name)) as typeof getBuiltinModule
  env.PATH = `${programs}:${path}`
  try {
    const words = ['run', '--rm', '--network=host', image, 'true']
    return await run(words, invocationIn({ ...env, TSREG_HOME: home }))
  } finally {
    process.getBuiltinModule = getBuiltinModule
    env.PATH = path
    forgetLibc()
    rmSync(directory, { recursive: true, force: true })
    await delay(longestTimerMs)
  }
}

/**
 * Node remembers when the next timer is due, and sets no other clock for a later one; a timer that was cleared is remembered as well.
 * In a process that starts from here, and comes to that moment before it sets a timer, none would ever fire.
 */
const longestTimerMs = 1000

function invocationIn(env: Invocation['env']): Invocation {
  const stream = () => new PassThrough().resume()
  const { signal } = new AbortController()
  return { env, signal, stdin: stream(), stdout: stream(), stderr: stream(), takeOver: () => () => {} }
}

/** Every function does nothing and succeeds; a new descriptor reads as ended. */
function cardboard(name: string) {
  if (!name.endsWith('ffi')) throw new Error(`${name} is not for a rehearsal`)
  const functionNamed = (called: string) => (called === 'socket' ? () => openSync('/dev/null', 'r') : () => 0)
  return {
    getInt32: () => 0,
    dlopen: (_: unknown, signatures: object) => ({
      lib: { getFunction: functionNamed },
      functions: Object.fromEntries(Object.keys(signatures).map((called) => [called, functionNamed(called)])),
    }),
  }
}

/** A local image of one layer, and the layer unpacked. */
function writeImage(home: string): void {
  const blobs = join(home, 'images/blobs/sha256')
  mkdirSync(blobs, { recursive: true })
  const blob = (mediaType: string, content: object): Descriptor => {
    const bytes = Buffer.from(JSON.stringify(content))
    const digest = digestOf(bytes)
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes)
    return { mediaType, digest, size: bytes.byteLength }
  }
  const diffId = digestOf('')
  const config = blob(mediaTypes.ociConfig, {
    ...{ architecture: 'amd64', os: 'linux', config: { Env: ['PATH=/bin'], Cmd: ['true'] } },
    rootfs: { type: 'layers', diff_ids: [diffId] },
  })
  const layer = blob(mediaTypes.ociLayerGzip, {})
  const manifest = blob(mediaTypes.ociManifest, {
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] },
  })
  const annotations = { 'org.opencontainers.image.ref.name': image }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...manifest, annotations }] }
  writeFileSync(join(home, 'images/index.json'), JSON.stringify(index))
  writeFileSync(join(home, 'images/oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  const [chain = diffId] = chainIds([diffId])
  const unpacked = join(home, 'snapshots/layers', chain.slice('sha256:'.length))
  mkdirSync(join(unpacked, 'fs/etc'), { recursive: true })
  writeFileSync(join(unpacked, 'layer.json'), JSON.stringify({ diffId, sizeBytes: 0 }))
  writeFileSync(join(home, 'snapshots/snapshots.json'), JSON.stringify({ version: 1, kind: 'overlay' }))
}

/** What speaks as a guard does, in the place of `unshare`; its own arguments are those of the guard's script. */
const guard = `#!/bin/sh
while [ "$1" != tsreg-guard ]; do shift; done
shift 6
id=$1 state=$2 directory=$4
mkdir -p "$state/$id" && mkfifo "$state/$id/exec.fifo"
echo ready
read -r word
echo $$ >"$directory/conmon.pid"
echo '{"data":'$$'}' >&3
echo "conmon 0"
printf 0 >"$state/$id/exec.fifo"
read -r word
echo 0 >"$directory/exit"
`

function writePrograms(directory: string): void {
  mkdirSync(directory)
  for (const name of ['unshare', 'runc', 'conmon']) {
    writeFileSync(join(directory, name), guard)
    chmodSync(join(directory, name), 0o755)
  }
}
