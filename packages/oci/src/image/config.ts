/**
 * Image configs (image-spec main, "OCI Image Configuration"). The digest of a config is the ID of its image.
 * @module
 */
import { type Digest, digestOf, isDigest } from '../digest.ts'
import type { Platform } from '../platform.ts'
import {
  arrayAt,
  decodeObject,
  invalid,
  type JsonObject,
  objectAt,
  optional,
  show,
  stringAt,
  stringsAt,
} from './document.ts'

/** Fields that the specification does not name are kept, and null fields left out. */
export interface ImageConfig extends Platform {
  readonly [field: string]: unknown
  /** RFC 3339 */
  readonly created?: string
  readonly author?: string
  readonly config?: ContainerConfig
  readonly rootfs: RootFs
  readonly history?: readonly History[]
}

/** How to run a container of the image. */
export interface ContainerConfig {
  readonly [field: string]: unknown
  readonly User?: string
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Env?: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Volumes?: Readonly<Record<string, object>>
  readonly WorkingDir?: string
  readonly Labels?: Readonly<Record<string, string>>
  readonly StopSignal?: string
  readonly ArgsEscaped?: boolean
}

export interface RootFs {
  readonly type: 'layers'
  /** Digests of the uncompressed layers, the base first. */
  readonly diff_ids: readonly Digest[]
}

/** How a layer came about; `empty_layer` marks a step that made none. */
export interface History {
  readonly created?: string
  readonly author?: string
  readonly created_by?: string
  readonly comment?: string
  readonly empty_layer?: boolean
}

/** Unknown fields are kept, and whoever writes them out again walks down into them. */
const maxLevels = 100

/**
 * @throws MANIFEST_INVALID with the path, when a required field is missing or a field has another type, and for a
 * document that is nested more than 100 levels deep.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const document = withoutNulls(decodeObject(bytes))
  checkLevels(document)
  const config = optional(document, 'config', '', containerConfigAt)
  const history = optional(document, 'history', '', historyAt)
  return {
    ...document,
    ...platformFields(document),
    rootfs: rootFsAt(document.rootfs, 'rootfs'),
    ...(config === undefined ? {} : { config }),
    ...(history === undefined ? {} : { history }),
  }
}

/**
 * The chain IDs of the layers (image-spec, "Layer ChainID"): what identifies a stack of layers up to each one.
 * Of no layers none.
 */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = []
  let previous: Digest | undefined
  for (const diffId of diffIds) {
    previous = previous === undefined ? diffId : digestOf(`${previous} ${diffId}`)
    chain.push(previous)
  }
  return chain
}

function checkLevels(document: JsonObject): void {
  let level: readonly unknown[] = [document]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxLevels) throw invalid('', `the config is nested more than ${maxLevels} levels deep`)
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

function platformFields(document: JsonObject): Platform {
  checkTypes(document, { created: 'string', author: 'string', variant: 'string', 'os.version': 'string' }, '')
  checkStringArrays(document, ['os.features'], '')
  return {
    architecture: stringAt(document.architecture, 'architecture'),
    os: stringAt(document.os, 'os'),
  }
}

function rootFsAt(value: unknown, path: string): RootFs {
  const object = objectAt(value, path)
  if (object.type !== 'layers') throw invalid(`${path}.type`, `expected "layers", got ${show(object.type)}`)
  const ids = object.diff_ids ?? []
  const diffIds = arrayAt(ids, `${path}.diff_ids`).map((item, index) => {
    const text = stringAt(item, `${path}.diff_ids[${index}]`)
    if (isDigest(text)) return text
    throw invalid(`${path}.diff_ids[${index}]`, `${show(text)} is not a digest`)
  })
  return { ...object, type: 'layers', diff_ids: diffIds }
}

function containerConfigAt(value: unknown, path: string): ContainerConfig {
  const object = withoutNulls(objectAt(value, path))
  checkTypes(object, { User: 'string', WorkingDir: 'string', StopSignal: 'string', ArgsEscaped: 'boolean' }, path)
  // Not in the specification, but docker's, and obeyed by a build that begins with the image: OnBuild and Shell.
  checkStringArrays(object, ['Env', 'Entrypoint', 'Cmd', 'OnBuild', 'Shell'], path)
  for (const field of ['ExposedPorts', 'Volumes']) optional(object, field, path, objectAt)
  optional(object, 'Labels', path, (labels, at) => {
    checkTypes(
      objectAt(labels, at),
      Object.fromEntries(Object.keys(labels as object).map((key) => [key, 'string'])),
      at,
    )
  })
  return object
}

function historyAt(value: unknown, path: string): readonly History[] {
  return arrayAt(value, path).map((item, index) => {
    const at = `${path}[${index}]`
    const entry = withoutNulls(objectAt(item, at))
    const texts = { created: 'string', author: 'string', created_by: 'string', comment: 'string' }
    checkTypes(entry, { ...texts, empty_layer: 'boolean' }, at)
    return entry
  })
}

function checkTypes(object: JsonObject, types: Readonly<Record<string, string>>, path: string): void {
  for (const [field, type] of Object.entries(types)) {
    optional(object, field, path, (value, at) => {
      if (typeof value !== type) throw invalid(at, `expected a ${type}, got ${show(value)}`)
    })
  }
}

function checkStringArrays(object: JsonObject, fields: readonly string[], path: string): void {
  for (const field of fields) {
    optional(object, field, path, stringsAt)
  }
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))
}
