/**
 * Images between a registry, the local images and files.
 * @module
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { shortId } from '@tsreg/oci'
import { makeImage, makeIndex, scriptedServer, tar } from '@tsreg/testkit'
import type { Cli } from './cli.ts'
import { type TestRegistry, writeLayout } from './registry.ts'
import { useSetup } from './setup.ts'

const amd64 = makeImage({ seed: 11, layers: 2 })
const arm64 = makeImage({ seed: 12, layers: 1, platform: { os: 'linux', architecture: 'arm64' } })
const both = makeIndex({ manifests: [amd64, arm64] })
const hostImage = process.arch === 'arm64' ? arm64 : amd64
const digestOf = (graph: { readonly manifest: { readonly descriptor: { readonly digest: string } } }) =>
  graph.manifest.descriptor.digest

const setup = useSetup()
let cli: Cli
let registry: TestRegistry
beforeEach(async () => {
  ;({ cli, registry } = setup)
  await writeLayout(cli.directory.join('layout'), { v1: amd64, multi: both })
})

describe('push', () => {
  test('from a layout tells of every layer by its diff ID, and the digest', async () => {
    const { code, stdout, stderr } = await cli.run('push', 'oci:layout:v1', 'team/app:v1')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    const rows = amd64.diffIds.map(shortId)
    expect(lines[0]).toBe(`The push refers to repository [${registry.host}/team/app]`)
    expect(lines.slice(1, 3)).toEqual(rows.map((row) => `${row}: Preparing`))
    expect(lines.slice(3, 5).sort()).toEqual(rows.map((row) => `${row}: Pushed`).sort())
    const { digest, size } = amd64.manifest.descriptor
    expect(lines.slice(5)).toEqual([`v1: digest: ${digest} size: ${size}`])
  })

  test('of what is there sends nothing', async () => {
    await cli.run('push', 'oci:layout:v1', 'team/app:v1')
    const { stdout } = await cli.run('push', 'oci:layout:v1', 'team/app:v2')
    for (const row of amd64.diffIds.map(shortId)) expect(stdout).toContain(`${row}: Layer already exists\n`)
    expect(await cli.json('push', 'oci:layout:v1', 'team/app:v2')).toMatchObject({ transferredBytes: 0 })
  })

  test('of a local image under another repository mounts its layers', async () => {
    await cli.run('push', 'oci:layout:v1', 'team/app:v1')
    await cli.run('pull', 'team/app:v1')
    await cli.run('tag', 'team/app:v1', 'other/app:1')
    const { code, stdout } = await cli.run('push', 'other/app:1')
    expect(code).toBe(0)
    for (const row of amd64.diffIds.map(shortId)) expect(stdout).toContain(`${row}: Mounted from team/app\n`)
  })

  test('by a short ID needs a destination, and takes it', async () => {
    await cli.run('push', 'oci:layout:v1', 'team/app:v1')
    await cli.run('pull', 'team/app:v1')
    const id = shortId(amd64.config.descriptor.digest)
    const refused = await cli.run('push', id)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('tsreg push team/app:v1')
    expect(await cli.json('push', id, 'by-id:x')).toMatchObject({
      reference: `${registry.host}/by-id:x`,
      digest: digestOf(amd64),
    })
  })

  test('of an index takes all its platforms, or one', async () => {
    expect(await cli.json('push', 'oci:layout:multi', 'multi:all')).toMatchObject({ digest: digestOf(both) })
    expect(await cli.json('push', 'oci:layout:multi', 'multi:arm', '--platform', 'linux/arm64')).toMatchObject({
      digest: digestOf(arm64),
    })
  })

  test('from an archive of docker keeps the image ID', async () => {
    const [layer] = makeImage({ seed: 13, layers: 1, compression: 'none', family: 'docker' }).layers
    const image = makeImage({ seed: 13, layers: 1, compression: 'none', family: 'docker' })
    await writeFile(
      cli.directory.join('saved.tar'),
      tar([
        { name: 'layer.tar', content: Buffer.from(layer?.bytes ?? []) },
        { name: 'config.json', content: Buffer.from(image.config.bytes) },
        {
          name: 'manifest.json',
          content: Buffer.from(
            JSON.stringify([{ Config: 'config.json', RepoTags: ['saved:latest'], Layers: ['layer.tar'] }]),
          ),
        },
      ]),
    )
    const pushed = await cli.run('push', 'docker-archive:saved.tar', 'from/archive')
    expect(pushed).toMatchObject({ code: 0, stderr: '' })
    await cli.run('pull', 'from/archive')
    expect((await cli.run('images', '-q', '--no-trunc')).stdout).toBe(`${image.config.descriptor.digest}\n`)
    // A path of the current directory, where no image has that name.
    expect(await cli.run('push', 'saved.tar', 'from/path')).toMatchObject({ code: 0 })
  })

  test('--quiet prints the digest alone', async () => {
    const { stdout } = await cli.run('push', '-q', 'oci:layout:v1', 'team/app:v1')
    expect(stdout).toBe(`${digestOf(amd64)}\n`)
  })
})

describe('pull', () => {
  beforeEach(async () => {
    await cli.run('push', 'oci:layout:v1', 'team/app:v1')
    await cli.run('push', 'oci:layout:multi', 'team/app:latest')
  })

  test("prints docker's lines", async () => {
    const { code, stdout, stderr } = await cli.run('pull', 'team/app:v1')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    const ids = amd64.layers.map(({ descriptor }) => shortId(descriptor.digest))
    expect(lines[0]).toBe('v1: Pulling from team/app')
    expect(lines.slice(1, 5).sort()).toEqual(
      ids.flatMap((id) => [`${id}: Pulling fs layer`, `${id}: Pull complete`]).sort(),
    )
    expect(lines.slice(5)).toEqual([
      `Digest: ${digestOf(amd64)}`,
      'Status: Downloaded newer image for team/app:v1',
      `${registry.host}/team/app:v1`,
    ])
  })

  test('again says that the image is up to date', async () => {
    await cli.run('pull', 'team/app:v1')
    const { stdout } = await cli.run('pull', 'team/app:v1')
    expect(stdout.split('\n')).toEqual([
      'v1: Pulling from team/app',
      `Digest: ${digestOf(amd64)}`,
      'Status: Image is up to date for team/app:v1',
      `${registry.host}/team/app:v1`,
      '',
    ])
  })

  test('without a tag takes latest, and of an index the image for this machine', async () => {
    const { stdout } = await cli.run('pull', 'team/app')
    expect(stdout).toMatch(/^Using default tag: latest\nlatest: Pulling from team\/app\n/)
    expect(stdout).toContain(`Digest: ${digestOf(both)}\n`)
    expect(await cli.json('images')).toMatchObject([{ digest: digestOf(hostImage) }])
  })

  test('takes another platform, or all', async () => {
    expect(await cli.json('pull', 'team/app', '--platform', 'linux/arm64')).toMatchObject({ digest: digestOf(arm64) })
    expect(await cli.json('pull', 'team/app', '--all-platforms')).toMatchObject({ digest: digestOf(both) })
  })

  test('of a platform that there is not names those that there are', async () => {
    const { code, stderr } = await cli.run('pull', 'team/app', '--platform', 'linux/s390x')
    expect(code).toBe(3)
    expect(stderr).toContain('it has linux/amd64, linux/arm64')
    expect(stderr).not.toContain('    at ')
  })

  test('by the first digits of an ID finds the image and names it by its tags', async () => {
    const id = shortId(amd64.config.descriptor.digest)
    expect(await cli.run('pull', '-q', id)).toMatchObject({ code: 0, stdout: `${registry.host}/team/app:v1\n` })
    expect(await cli.json('pull', `team/app:${id}`)).toMatchObject({ status: 'up-to-date' })
  })

  test('by digest keeps it under its digest', async () => {
    const name = `${registry.host}/team/app@${digestOf(amd64)}`
    expect(await cli.run('pull', '-q', name)).toMatchObject({ code: 0, stdout: `${name}\n` })
    expect(await cli.json('inspect', name)).toMatchObject([{ Id: amd64.config.descriptor.digest, RepoTags: [] }])
  })

  test('a moved tag downloads the newer image and leaves the older one without a name', async () => {
    await cli.run('pull', 'team/app:v1')
    await cli.run('push', 'oci:layout:multi', 'team/app:v1', '--platform', 'linux/arm64')
    const { stdout } = await cli.run('pull', 'team/app:v1', '--platform', 'linux/arm64')
    expect(stdout).toContain('Status: Downloaded newer image for team/app:v1\n')
    expect((await cli.run('images', '-q', '--filter', 'dangling=true')).stdout).toBe(
      `${shortId(amd64.config.descriptor.digest)}\n`,
    )
  })

  test('of several images is one JSON array', async () => {
    expect(await cli.json('pull', 'team/app:v1', 'team/app:latest')).toMatchObject([
      { reference: `${registry.host}/team/app:v1`, status: 'downloaded' },
      { reference: `${registry.host}/team/app:latest` },
    ])
  })
})

describe('Ctrl-C', () => {
  test('ends a pull with 130, and the next pull goes on where it was', async () => {
    const image = makeImage({ seed: 14, layers: 1, layerBytes: 4_000_000, compression: 'none' })
    const [layer] = image.layers
    if (layer === undefined) throw new Error('the image has a layer')
    const { digest } = layer.descriptor
    const manifest = {
      body: Buffer.from(image.manifest.bytes),
      headers: {
        'content-type': image.manifest.descriptor.mediaType,
        'docker-content-digest': image.manifest.descriptor.digest,
      },
    }
    const config = `/v2/app/blobs/${image.config.descriptor.digest}`
    const blob = `/v2/app/blobs/${digest}`
    await using server = await scriptedServer([
      { request: { method: 'HEAD', path: '/v2/app/manifests/v1' }, response: manifest, times: 2 },
      { request: { path: `/v2/app/manifests/${digestOf(image)}` }, response: manifest, times: 2 },
      { request: { path: config }, response: { body: Buffer.from(image.config.bytes) } },
      {
        request: { path: blob },
        response: { body: Buffer.from(layer.bytes), stallAfterBytes: 3_000_000 },
      },
      {
        request: { path: blob },
        response: ({ headers }) => {
          const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1])
          const rest = Buffer.from(layer.bytes).subarray(start)
          const total = layer.bytes.byteLength
          return { status: 206, headers: { 'content-range': `bytes ${start}-${total - 1}/${total}` }, body: rest }
        },
      },
    ])
    const name = `${server.host}/app:v1`
    const interrupted = cli.start({}, 'pull', name)
    interrupted.stdout?.resume()
    const partial = cli.directory.join('home/images/ingest')
    // The config must have arrived as well: the script has it once.
    const stored = cli.directory.join(`home/images/blobs/${image.config.descriptor.digest.replace(':', '/')}`)
    try {
      await until(async () => existsSync(stored) && (await largestPartial(partial)) > 1_000_000)
    } finally {
      interrupted.kill('SIGINT')
    }
    await once(interrupted, 'close')
    expect(interrupted.exitCode).toBe(130)

    const resumed = await cli.run('pull', name)
    expect(resumed).toMatchObject({ code: 0, stderr: '' })
    const last = server.requests.at(-1)
    expect(last?.path).toBe(blob)
    expect(last?.headers.range).toMatch(/^bytes=[1-9]\d*-$/)
  })
})

async function largestPartial(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => [])
  const partials = names.filter((name) => name.endsWith('.partial'))
  const sizes = await Promise.all(partials.map(async (name) => (await stat(join(directory, name))).size))
  return Math.max(0, ...sizes)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let polls = 0; polls < 500; polls += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('waited in vain')
}
