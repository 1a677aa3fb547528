/**
 * A process of its own for tests of several processes and of `kill -9`: pushes, tags and removes in a layout.
 *
 * `layout-worker.ts DIR pull SEED TAG` pushes the made image and tags it · `DIR trickle SEED SIZE` pushes one blob slowly
 * and prints its progress · `DIR churn SEED COUNT` tags and removes in a loop, printing what it has done.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { byteStream, byteStreamDigest, makeImage, pushGraph } from '@tsreg/testkit'
import { openLayout } from '../layout/index.ts'

const [directory = '', verb, seedText, argument = ''] = process.argv.slice(2)
const layout = await openLayout(directory)
const seed = Number(seedText)

if (verb === 'pull') await pull(seed, argument)
else if (verb === 'trickle') await trickle(Number(argument))
else if (verb === 'churn') await churn(Number(argument))
else throw new TypeError(`no such verb: ${verb}`)

async function pull(imageSeed: number, tag: string): Promise<void> {
  const image = makeImage({ seed: imageSeed, layers: 3, layerBytes: 300_000 })
  await pushGraph(layout, image)
  await layout.tag(image.manifest.descriptor, tag)
  console.log(`tagged ${tag}`)
}

async function trickle(size: number): Promise<void> {
  const digest = byteStreamDigest(seed, size)
  const mediaType = 'application/octet-stream'
  await layout.push({ mediaType, digest, size }, async ({ offset = 0 }) => slowly(size, offset))
  console.log('done')
}

async function* slowly(size: number, offset: number) {
  console.log(`from ${offset}`)
  let at = offset
  for await (const chunk of byteStream({ seed, size, offset, chunkBytes: 1024 * 1024 })) {
    yield chunk
    at += chunk.byteLength
    console.log(`at ${at}`)
    await delay(5)
  }
}

async function churn(count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    await pull(seed + (round % 3), `churn-${seed}-${round % 3}`)
    if (round % 4 === 3) await layout.remove(({ reference }) => reference === `churn-${seed}-${round % 3}`)
  }
}
