/**
 * Images unpacked as they are pulled, and what becomes of the unpacked layers.
 * @module
 */
import { readdir } from 'node:fs/promises'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { shortId } from '@tsreg/oci'
import { makeImage } from '@tsreg/testkit'
import type { Cli } from './cli.ts'
import { type TestRegistry, writeLayout } from './registry.ts'
import { useSetup } from './setup.ts'

const image = makeImage({ seed: 31, layers: 2 })
const sibling = makeImage({ seed: 31, layers: 1 })

const setup = useSetup()
let cli: Cli
let registry: TestRegistry
beforeEach(async () => {
  ;({ cli, registry } = setup)
  await writeLayout(cli.directory.join('layout'), { v1: image, sibling })
  for (const name of ['v1', 'sibling']) await cli.run('push', `oci:layout:${name}`, `app:${name}`)
})

const unpackedLayers = () => readdir(cli.directory.join('home/snapshots/layers'))

if (process.getuid?.() !== 0) console.warn('left out, for it needs root: images are unpacked')
else {
  describe('pull --unpack', () => {
    test('leaves every layer unpacked, and tells of each', async () => {
      const { code, stdout, stderr } = await cli.run('pull', '--unpack', 'app:v1')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      for (const { descriptor } of image.layers) expect(stdout).toContain(`${shortId(descriptor.digest)}: Unpacked\n`)
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${registry.host}/app:v1`)
      expect(await unpackedLayers()).toHaveLength(2)
    })

    test('with an image goes what was unpacked for it alone', async () => {
      await cli.run('pull', '-q', '--unpack', 'app:v1', 'app:sibling')
      expect(await cli.run('rmi', 'app:v1')).toMatchObject({ code: 0, stderr: '' })
      expect(await unpackedLayers()).toEqual([image.diffIds[0]?.slice(7)])
      await cli.run('rmi', 'app:sibling')
      expect(await unpackedLayers()).toEqual([])
    })
  })
}
