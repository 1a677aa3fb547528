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
      const [nearest, ...others] = await earlierSteps(files, step)
      if (nearest !== undefined) return [nearest, ...others].reduce((a, b) => (b.length < a.length ? b : a))
      return [(await files.exists(textPath(step.facts))) ? 'parent image changed' : 'no earlier build of this step']
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

/** More are not compared: the newest are the likeliest. */
const comparedSteps = 16

/**
 * What was built of the same parent by the same kind of instruction, the newest first: how each differs. Those of the same
 * text alone, where there are any.
 */
async function earlierSteps(files: RecordFiles, step: CachedStep): Promise<readonly (readonly string[])[]> {
  const directory = `steps/${parentName(step.parent.imageId)}`
  const earlier: { readonly key: string; readonly record: StepRecord }[] = []
  for (const name of await files.list(directory)) {
    const record = parseRecord((await files.read(`${directory}/${name}`)) ?? '')
    if (record?.facts.keyword === step.facts.keyword) earlier.push({ key: name.replace(/\.json$/, ''), record })
  }
  const ofText = earlier.filter(({ record }) => record.facts.text === step.facts.text)
  const compared = (ofText.length > 0 ? ofText : earlier).slice(0, comparedSteps)
  return Promise.all(compared.map(({ key, record }) => howItDiffers(files, step, { key, record })))
}

async function howItDiffers(
  files: RecordFiles,
  step: CachedStep,
  { key, record: { facts } }: { readonly key: string; readonly record: StepRecord },
): Promise<readonly string[]> {
  if (key === keyOf(step)) return ['the image of the earlier build was removed']
  const before = facts.sum === undefined ? undefined : await countedFiles(files, facts.sum)
  return differences({ facts, files: before }, { facts: step.facts, files: step.files })
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
