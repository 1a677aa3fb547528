/**
 * The index of the cache made anew from the local images: each of them knows its parent, and its config says by which
 * instruction it came.
 * @module
 */
import { isImageError, type Layout, listImages, readImage } from '@tsreg/image'
import { isOciError } from '@tsreg/oci'
import { type BuiltImage, builtImageOf } from '../built-image.ts'
import type { RecordFiles } from './record-files.ts'
import { parentName, stepKey } from './step-key.ts'
import { formatRecord } from './step-record.ts'

export async function rebuildRecords(files: RecordFiles, images: Layout): Promise<void> {
  for (const { parent, root } of await listImages(images)) {
    if (parent === undefined) continue
    try {
      await recordImage(files, builtImageOf(await readImage(images, root)), parent)
    } catch (error) {
      // A damaged image is one that no build will find.
      if (!isOciError(error) && !isImageError(error)) throw error
    }
  }
}

async function recordImage(files: RecordFiles, image: BuiltImage, parent: string): Promise<void> {
  const { imageId, manifest, config, author, platform, history } = image
  const createdBy = history.at(-1)?.created_by
  if (imageId === undefined || manifest === undefined || createdBy === undefined) return
  const name = parent === 'scratch' ? parent : parentName(imageId.replace(/.*/, parent) as typeof imageId)
  const facts = { keyword: keywordIn(createdBy), text: createdBy, createdBy }
  const key = stepKey({ createdBy, config, author }, platform)
  await files.write(`steps/${name}/${key}.json`, formatRecord({ imageId, manifest, facts }))
}

/** The instruction that a history tells of: the first word behind `#(nop)`; a command without it was RUN. */
function keywordIn(createdBy: string): string {
  return /#\(nop\) +([A-Z]+)/.exec(createdBy)?.[1] ?? 'RUN'
}
