/**
 * An image as a build sees it: what steps start from and what they make.
 * @module
 */
import { type ImageContent, imageIdOf } from '@tsreg/image'
import { type Descriptor, type Digest, OciError, type Platform } from '@tsreg/oci'
import { type ContainerConfig, chainIds, type History, type ImageConfig } from '@tsreg/oci/image'
import { defaultPath, nameOf } from './scope/index.ts'

export interface BuiltImage {
  /** Undefined of what `FROM scratch` begins with. */
  readonly imageId: Digest | undefined
  readonly manifest: Descriptor | undefined
  readonly platform: Platform
  readonly author: string | undefined
  /** RFC 3339 */
  readonly created: string | undefined
  readonly config: ContainerConfig
  readonly history: readonly History[]
  /** The base first, one for each of `diffIds`. */
  readonly layers: readonly Descriptor[]
  readonly diffIds: readonly Digest[]
}

/** Nothing yet. */
export function scratchImage(platform: Platform): BuiltImage {
  const { os, architecture, variant } = platform
  return {
    imageId: undefined,
    manifest: undefined,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    author: undefined,
    created: undefined,
    config: {},
    history: [],
    layers: [],
    diffIds: [],
  }
}

/** @throws MANIFEST_INVALID for an artifact, and for an image whose config does not fit its layers */
export function builtImageOf(content: ImageContent): BuiltImage {
  const { descriptor, manifest, config } = content
  if (config === undefined || config.rootfs.diff_ids.length !== manifest.layers.length) {
    const why = config === undefined ? 'it has no image config' : 'its config does not fit its layers'
    throw new OciError('MANIFEST_INVALID', `${descriptor.digest} cannot be built from: ${why}`, {
      detail: { digest: descriptor.digest },
    })
  }
  return {
    imageId: imageIdOf(content),
    manifest: descriptor,
    platform: platformOf(config),
    author: config.author,
    created: config.created,
    config: config.config ?? {},
    history: config.history ?? [],
    layers: manifest.layers,
    diffIds: config.rootfs.diff_ids,
  }
}

/** What a stage finds behind its FROM: the environment has a `PATH` whatever the image says. */
export function withDefaultPath(config: ContainerConfig): ContainerConfig {
  const env = config.Env ?? []
  return env.some((variable) => nameOf(variable) === 'PATH') ? config : { ...config, Env: [...env, defaultPath] }
}

/** The chain ID of all layers; undefined of none. */
export function chainIdOf({ diffIds }: Pick<BuiltImage, 'diffIds'>): Digest | undefined {
  return chainIds(diffIds).at(-1)
}

function platformOf(config: ImageConfig): Platform {
  const { os, architecture, variant } = config
  const { 'os.version': version, 'os.features': features } = config
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
    ...(features === undefined ? {} : { 'os.features': features }),
  }
}
