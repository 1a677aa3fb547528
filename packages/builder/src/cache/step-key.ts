/**
 * What must be equal for an image to be the result of a step: docker's rule, the parent image and everything that the
 * config says, the instruction included. Times do not count.
 * @module
 */
import { type Digest, digestOf, formatPlatform } from '@tsreg/oci'
import type { ContainerConfig } from '@tsreg/oci/image'
import type { BuiltImage } from '../built-image.ts'
import { inOrder } from '../commit-step.ts'

export interface KeyFacts {
  /** With the sum of copied files, and with the build arguments of a command. */
  readonly createdBy: string
  readonly config: ContainerConfig
  readonly author: string | undefined
}

/** 64 hex digits that stand for the step below one parent. */
export function stepKey({ createdBy, config, author }: KeyFacts, platform: BuiltImage['platform']): string {
  const facts = [createdBy, inOrder(config), author ?? null, formatPlatform(platform)]
  return digestOf(JSON.stringify(facts)).slice('sha256:'.length)
}

/** The name of a parent image in the cache. */
export function parentName(imageId: Digest | undefined): string {
  return imageId === undefined ? 'scratch' : imageId.slice(imageId.indexOf(':') + 1)
}
