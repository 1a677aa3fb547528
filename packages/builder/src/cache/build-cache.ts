/**
 * Finds the image that an instruction has made of a parent before. The index says where to look; that the image is among
 * the local ones, whole, is looked up each time, so that a removed image is a miss and nothing else.
 * @module
 */
import { isImageError, type Layout, readImage } from '@tsreg/image'
import { digestOf, isOciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type BuiltImage, builtImageOf } from '../built-image.ts'
import type { CountedFile } from '../context/chosen-source.ts'
import { differences } from './differences.ts'
import { rebuildRecords } from './rebuild.ts'
import { type RecordFiles, recordFiles } from './record-files.ts'
import { type KeyFacts, parentName, stepKey } from './step-key.ts'
import { formatRecord, parseRecord, type StepFacts, type StepRecord } from './step-record.ts'

/** A step as the cache sees it. */
export interface CachedStep {
  readonly parent: BuiltImage
  readonly key: KeyFacts
  readonly facts: StepFacts
  /** Of COPY and ADD, for the reasons of a miss. */
  readonly files?: readonly CountedFile[] | undefined
}

export interface BuildCache {
  /** Undefined when the step must be executed. */
  find(step: CachedStep, options?: OperationOptions): Promise<BuiltImage | undefined>
  /** Remembers what a step made. */
  record(step: CachedStep, image: BuiltImage): Promise<void>
  /** Why `find` found nothing, in words for people. */
  explain(step: CachedStep): Promise<readonly string[]>
  readonly files: RecordFiles
}

/** @param directory made when something is written. Lost, it is made anew from the local images. */
export async function openBuildCache(directory: string, images: Layout): Promise<BuildCache> {
  const files = recordFiles(directory)
  if (!(await files.exists('steps'))) await rebuildRecords(files, images)
  const named = new Set((await images.entries()).map(({ descriptor }) => descriptor.digest))
  return {
    files,
    async find(step, options = {}) {
      const path = recordPath(step)
      const record = parseRecord((await files.read(path)) ?? '')
      if (record === undefined) return undefined
      const image = named.has(record.manifest.digest) ? await readWhole(images, record, options) : undefined
      if (image === undefined) await files.remove(path)
      return image
    },
    async record(step, image) {
      const { imageId, manifest } = image
      if (imageId === undefined || manifest === undefined) throw new TypeError('a step makes an image')
      named.add(manifest.digest)
      const { facts, files: counted } = step
      if (facts.sum !== undefined && counted !== undefined) {
        await files.write(sumPath(facts.sum), JSON.stringify(counted))
      }
      await files.write(textPath(facts), '')
      await files.write(recordPath(step), formatRecord({ imageId, manifest, facts }))
    },
    async explain(step) {
      const earlier = await similarRecord(files, step)
      if (earlier === undefined) {
        const isKnown = await files.exists(textPath(step.facts))
        return [isKnown ? 'parent image changed' : 'no earlier build of this step']
      }
      if (earlier.key === keyOf(step)) return ['the image of the earlier build was removed']
      const { facts } = earlier.record
      const before = facts.sum === undefined ? undefined : await countedFiles(files, facts.sum)
      return differences({ facts, files: before }, { facts: step.facts, files: step.files })
    },
  }
}

/** The image, when all that it is made of is there and it is the one that was recorded. */
async function readWhole(
  images: Layout,
  { manifest, imageId }: StepRecord,
  options: OperationOptions,
): Promise<BuiltImage | undefined> {
  try {
    if (!(await images.exists(manifest, options))) return undefined
    const image = builtImageOf(await readImage(images, manifest, options))
    return image.imageId === imageId ? image : undefined
  } catch (error) {
    options.signal?.throwIfAborted()
    if (isOciError(error) || isImageError(error)) return undefined
    throw error
  }
}

/** What was built of the same parent by the same kind of instruction: of the same text if there is one, else the newest. */
async function similarRecord(files: RecordFiles, step: CachedStep) {
  const directory = `steps/${parentName(step.parent.imageId)}`
  const similar: { readonly key: string; readonly record: StepRecord }[] = []
  for (const name of await files.list(directory)) {
    const record = parseRecord((await files.read(`${directory}/${name}`)) ?? '')
    if (record?.facts.keyword === step.facts.keyword) similar.push({ key: name.replace(/\.json$/, ''), record })
  }
  return similar.find(({ record }) => record.facts.text === step.facts.text) ?? similar[0]
}

async function countedFiles(files: RecordFiles, sum: string): Promise<readonly CountedFile[] | undefined> {
  const text = await files.read(sumPath(sum))
  return text === undefined ? undefined : JSON.parse(text)
}

function keyOf({ key, parent }: CachedStep): string {
  return stepKey(key, parent.platform)
}

function recordPath(step: CachedStep): string {
  return `steps/${parentName(step.parent.imageId)}/${keyOf(step)}.json`
}

function sumPath(sum: string): string {
  return `files/${sum.replace(':', '-')}.json`
}

function textPath({ keyword, text }: StepFacts): string {
  return `texts/${digestOf(`${keyword} ${text}`).slice('sha256:'.length)}`
}
