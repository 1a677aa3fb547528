import { describe, expect, test } from '@jest/globals'
import { parsePlatform } from '../platform.ts'
import { image, index, pushAll } from '../testing/graph-fixtures.ts'
import { MemoryStore } from './memory-store.ts'
import { selectPlatform } from './select-platform.ts'

const amd64 = image(['amd64'])
const arm64 = image(['arm64'])
const s390x = image(['s390x'])

async function select(graph: typeof amd64, platform: string) {
  const store = new MemoryStore()
  await pushAll(store, graph)
  return selectPlatform(store, graph.root.descriptor, parsePlatform(platform))
}

describe('selectPlatform', () => {
  test('the manifest of the platform is found in an index', async () => {
    const graph = index([
      [amd64, 'linux/amd64'],
      [arm64, 'linux/arm64'],
    ])
    expect((await select(graph, 'linux/arm64')).digest).toBe(arm64.root.descriptor.digest)
  })

  test('an image manifest is taken as it is', async () => {
    expect(await select(amd64, 'linux/arm64')).toEqual(amd64.root.descriptor)
  })

  test('an index inside is looked into when nothing beside it fits', async () => {
    const inner = index([
      [arm64, 'linux/arm64'],
      [amd64, 'linux/amd64'],
    ])
    const graph = index([inner, [s390x, 'linux/s390x']])
    expect((await select(graph, 'linux/arm64')).digest).toBe(arm64.root.descriptor.digest)
    expect((await select(graph, 'linux/s390x')).digest).toBe(s390x.root.descriptor.digest)
  })

  test('what is missing is named with what there is', async () => {
    const graph = index([
      [amd64, 'linux/amd64'],
      [arm64, 'linux/arm/v7'],
    ])
    await expect(select(graph, 'linux/s390x')).rejects.toMatchObject({
      code: 'MANIFEST_UNKNOWN',
      message: `${graph.root.descriptor.digest} has no manifest for linux/s390x; it has linux/amd64, linux/arm/v7`,
    })
    await expect(select(index([]), 'linux/s390x')).rejects.toThrow('it has none with a platform')
  })

  test('indexes nested deeper than the limit are refused', async () => {
    let graph = index([[amd64, 'linux/amd64']])
    for (let level = 0; level < 10; level++) graph = index([graph])
    await expect(select(graph, 'linux/amd64')).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
  })
})
