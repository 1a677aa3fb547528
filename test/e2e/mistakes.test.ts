/**
 * Every mistake once: the exit code, a message that names what is wrong, advice, and never a stack trace.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { makeImage, scriptedServer } from '@tsreg/testkit'
import type { Cli } from './cli.ts'
import { writeLayout } from './registry.ts'
import { useSetup } from './setup.ts'

const image = makeImage({ seed: 61, layers: 1 })
const missing = digestOf('missing')

const setup = useSetup({ shared: true })
let cli: Cli
beforeAll(async () => {
  ;({ cli } = setup)
  await writeLayout(cli.directory.join('layout'), { v1: image, v2: image })
  await cli.run('push', 'oci:layout:v1', 'app:release')
})

describe('on the command line', () => {
  test.each<[string[], number, string, string]>([
    [['pul', 'x'], 2, 'USAGE', 'Did you mean pull?'],
    [['pull'], 2, 'USAGE', 'missing required argument'],
    [['pull', '--quit', 'x'], 2, 'USAGE', 'Did you mean --quiet?'],
    [['tags', 'a', 'b'], 2, 'USAGE', 'too many arguments'],
    [['manifest', 'gett', 'x'], 2, 'USAGE', 'Did you mean get?'],
    [['pull', 'team/UPPER'], 2, 'REFERENCE_INVALID', 'lowercase'],
    [['pull', 'app:bad tag'], 2, 'REFERENCE_INVALID', 'bad tag'],
    [['pull', 'app@sha256:12'], 2, 'REFERENCE_INVALID', 'not a digest'],
    [['tags', 'app:v1'], 2, 'REFERENCE_INVALID', 'without tag'],
    [['repos', 'http://x/'], 2, 'REFERENCE_INVALID', 'without http://'],
    [['blob', 'get', 'app:v1'], 2, 'USAGE', 'REPOSITORY@DIGEST'],
    [['pull', '--platform', 'a/b/c/d', 'app:release'], 2, 'USAGE', 'not a platform'],
    [['pull', '--platform', 'arm6', 'app:release'], 2, 'USAGE', 'neither an operating system nor an architecture'],
    [['pull', '--platform', 'linux', '--all-platforms', 'app'], 2, 'USAGE', 'exclude each other'],
    [['images', '--filter', 'color=red'], 2, 'USAGE', 'dangling='],
    [['tag', 'app:release', `app@${missing}`], 2, 'USAGE', 'refusing'],
    [['push', 'oci:layout:v1'], 2, 'USAGE', 'A destination is needed'],
    [['push', 'oci:layout', 'app:x'], 2, 'REFERENCE_NEEDED', 'v1, v2'],
    [['push', 'oci:layout:v3', 'app:x'], 3, 'IMAGE_UNKNOWN', 'v1, v2'],
    [['push', 'oci:nowhere', 'app:x'], 10, 'LAYOUT_INVALID', 'nowhere'],
    [['push', 'oci-archive:nowhere.tar', 'app:x'], 3, 'ENOENT', 'nowhere.tar'],
    [['push', 'docker-archive:layout', 'app:x'], 2, 'SOURCE_INVALID', 'layout is a directory'],
    [['push', 'nothing:v1'], 3, 'IMAGE_UNKNOWN', 'No such image'],
    [['rmi', 'nothing'], 3, 'IMAGE_UNKNOWN', 'No such image'],
    [['history', 'nothing'], 3, 'IMAGE_UNKNOWN', 'tsreg pull'],
    [['inspect', 'nothing'], 3, 'IMAGE_UNKNOWN', 'No such object'],
    [['pull', 'app:relase'], 3, 'IMAGE_UNKNOWN', 'Did you mean app:release?'],
    [['pull', 'nothing:v1'], 3, 'IMAGE_UNKNOWN', 'does not exist'],
    [['tags', 'nothing'], 3, 'NAME_UNKNOWN', 'nothing'],
    [['resolve', `app@${missing}`], 3, 'IMAGE_UNKNOWN', missing],
    [['resolve', 'ffffffffffff'], 3, 'IMAGE_UNKNOWN', 'does not exist'],
    [['blob', 'head', `app@${missing}`], 3, 'BLOB_UNKNOWN', missing],
    [['manifest', 'put', 'app:x', 'nowhere.json'], 3, 'ENOENT', 'nowhere.json'],
    [['manifest', 'put', 'app:x', 'layout/oci-layout'], 7, 'MANIFEST_INVALID', 'manifest'],
    [['copy', 'app:release', `other@${missing}`], 2, 'USAGE', missing],
  ])('%j ends with %d, %s', async (words, code, errorCode, message) => {
    const [plain, json] = await Promise.all([cli.run(...words), cli.run(...words, '--json')])
    expect({ code: plain.code, stdout: plain.stdout }).toEqual({ code, stdout: expect.any(String) })
    expect(plain.stderr).toMatch(/^Error: /m)
    expect(plain.stderr).toContain(message)
    expect(plain.stderr).not.toMatch(/^ {4}at /m)
    expect(json.code).toBe(code)
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: errorCode, message: expect.any(String) } })
    expect(json.stderr).toBe('')
  })

  test('a template that is not understood, and one beside --json', async () => {
    expect(await cli.run('images', '--format', '{{range .}}')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('{{range .}}'),
    })
    expect(await cli.run('images', '--format', '{{.ID}}', '--json')).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('USAGE'),
    })
  })
})

describe('a registry that is none, or lies', () => {
  test('nobody listens', async () => {
    const port = await closedPort()
    const { code, stderr } = await cli.run('tags', `localhost:${port}/app`)
    expect(code).toBe(6)
    expect(stderr).toContain('Is the registry running?')
  })

  test('a web page in the place of a manifest', async () => {
    await using server = await scriptedServer([
      {
        request: { method: 'HEAD', path: '/v2/app/manifests/v1' },
        response: { headers: { 'content-type': 'text/html' }, body: '<html>' },
      },
      {
        request: { path: '/v2/app/manifests/v1' },
        response: { headers: { 'content-type': 'text/html' }, body: '<html>' },
      },
    ])
    const { code, stderr } = await cli.run('resolve', `${server.host}/app:v1`)
    expect(code).toBe(7)
    expect(stderr).toContain('no manifest')
  })

  test.each([
    ['all digits of an ID', missing.slice('sha256:'.length)],
    ['the first digits of an ID', missing.slice('sha256:'.length).slice(0, 12)],
  ])('another image in the place of one with %s is not taken', async (_title, digits) => {
    const { descriptor, bytes } = image.manifest
    const match = {
      repository: 'app',
      digest: descriptor.digest,
      imageId: missing,
      mediaType: descriptor.mediaType,
      size: 1,
    }
    const headers = { 'content-type': descriptor.mediaType }
    const times = Number.POSITIVE_INFINITY
    await using server = await scriptedServer([
      { request: { path: `/v2/_tsreg/ids/${digits}` }, response: { body: { matches: [{ ...match, tags: ['v1'] }] } } },
      {
        request: { path: `/v2/app/manifests/${descriptor.digest}` },
        response: { headers, body: Buffer.from(bytes) },
      },
      // 12 digits may be a repository, too.
      { request: { method: 'HEAD', path: /\/manifests\/latest$/ }, response: { status: 404 }, times },
    ])
    const { code, stderr } = await cli.runWith({ env: { TSREG_REGISTRY: server.host } }, 'pull', digits)
    expect(code).toBe(7)
    expect(stderr).toContain(`for an image that begins with ${digits}; it is ${image.config.descriptor.digest}`)
    expect((await cli.run('images', '-q', '-a')).stdout).toBe('')
  })

  test('a layer that is not what its digest says is not kept', async () => {
    const { manifest, config, layers } = image
    const [layer] = layers
    if (layer === undefined) throw new Error('the image has a layer')
    const headers = {
      'content-type': manifest.descriptor.mediaType,
      'docker-content-digest': manifest.descriptor.digest,
    }
    await using server = await scriptedServer([
      {
        request: { method: 'HEAD', path: '/v2/app/manifests/v1' },
        response: { headers, body: Buffer.from(manifest.bytes) },
      },
      {
        request: { path: `/v2/app/manifests/${manifest.descriptor.digest}` },
        response: { headers, body: Buffer.from(manifest.bytes) },
      },
      {
        request: { path: `/v2/app/blobs/${config.descriptor.digest}` },
        response: { body: Buffer.from(config.bytes) },
        // It is not asked for any more when the layer has failed before.
        times: Number.POSITIVE_INFINITY,
      },
      {
        request: { path: `/v2/app/blobs/${layer.descriptor.digest}` },
        response: { body: Buffer.alloc(layer.bytes.byteLength, 'lies') },
      },
    ])
    const { code, stderr } = await cli.run('pull', `${server.host}/app:v1`)
    expect(code).toBe(7)
    expect(stderr).toContain(layer.descriptor.digest)
    expect((await cli.run('images', '-q', '-a')).stdout).toBe('')
  })
})

describe('settings', () => {
  test('a registry with a scheme is refused with what to write', async () => {
    const env = { TSREG_REGISTRY: 'http://localhost:5000' }
    const { code, stderr } = await cli.runWith({ env }, 'repos')
    expect(code).toBe(2)
    expect(stderr).toContain('TSREG_REGISTRY=localhost:5000')
  })

  test('a damaged configuration file is named', async () => {
    const home = cli.directory.join('damaged')
    await mkdir(home)
    await writeFile(join(home, 'config.json'), '{"registri":"x"}')
    const { code, stderr } = await cli.runWith({ env: { TSREG_HOME: home } }, 'images')
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean "registry"?')
  })
})

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
