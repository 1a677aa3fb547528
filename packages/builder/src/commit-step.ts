/**
 * From a step to the image it makes: the config of the parent with the step in it, written into the local images.
 * @module
 */
import { commitImage, type Layout } from '@tsreg/image'
import type { WrittenLayer } from '@tsreg/image/layer'
import type { OperationOptions } from '@tsreg/oci/content'
import type { ContainerConfig, ImageConfig } from '@tsreg/oci/image'
import type { BuiltImage } from './built-image.ts'

/** What a step makes of an image. */
export interface StepOutcome {
  readonly config: ContainerConfig
  readonly author: string | undefined
  /** As the history shows it. */
  readonly createdBy: string
  /** Undefined for a step that changed no file. */
  readonly layer: WrittenLayer | undefined
  /** RFC 3339 */
  readonly created: string
}

/** An image without a name, which the local images keep as the child of `parent`. @throws as `commitImage` */
export async function commitStep(
  images: Layout,
  parent: BuiltImage,
  outcome: StepOutcome,
  options: OperationOptions = {},
): Promise<BuiltImage> {
  const config = configOf(parent, outcome)
  const layers = outcome.layer === undefined ? parent.layers : [...parent.layers, outcome.layer.descriptor]
  const committed = await commitImage(images, { config, layers, parent: parent.imageId ?? 'scratch' }, [], options)
  return {
    imageId: committed.imageId,
    manifest: committed.manifest,
    platform: parent.platform,
    author: outcome.author,
    created: outcome.created,
    config: config.config ?? {},
    history: config.history ?? [],
    layers,
    diffIds: config.rootfs.diff_ids,
  }
}

/** The same step gives the same bytes: fields in one order, maps sorted by their keys, as Go writes them. */
export function configOf(parent: BuiltImage, outcome: StepOutcome): ImageConfig {
  const { author, created, createdBy, layer } = outcome
  const by = author === undefined ? {} : { author }
  const step = { created, ...by, created_by: createdBy, ...(layer === undefined ? { empty_layer: true } : {}) }
  return {
    created,
    ...by,
    ...parent.platform,
    config: inOrder(outcome.config),
    rootfs: { type: 'layers', diff_ids: [...parent.diffIds, ...(layer === undefined ? [] : [layer.diffId])] },
    history: [...parent.history, step],
  }
}

/** The order of the fields in docker's structure; others follow. */
const fieldOrder = [
  'User',
  'ExposedPorts',
  'Env',
  'Cmd',
  'Healthcheck',
  'Volumes',
  'WorkingDir',
  'Entrypoint',
  'OnBuild',
  'Labels',
  'StopSignal',
  'Shell',
]

/** Never equal configs with different texts: what counts for the cache is written in this form too. */
export function inOrder(config: ContainerConfig): ContainerConfig {
  const known = fieldOrder.filter((field) => field in config)
  const others = Object.keys(config)
    .filter((field) => !fieldOrder.includes(field))
    .sort()
  return Object.fromEntries([...known, ...others].map((field) => [field, sorted(field, config[field])]))
}

function sorted(field: string, value: unknown): unknown {
  if (!['ExposedPorts', 'Volumes', 'Labels'].includes(field)) return value
  return Object.fromEntries(Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1)))
}
