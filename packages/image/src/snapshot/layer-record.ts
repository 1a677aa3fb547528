/**
 * What is noted of an unpacked layer, and the chain that layers are.
 * @module
 */
import { readFileSync } from 'node:fs'
import type { Digest } from '@tsreg/oci'
import { ImageError } from '../errors.ts'
import { hasSystemCode } from '../files/system-error.ts'
import type { SnapshotPaths } from './paths.ts'

/** `layer.json` */
export interface LayerRecord {
  /** The chain ID of the layers below. */
  readonly parent: Digest | undefined
  readonly diffId: Digest
  /** Of the uncompressed tar. */
  readonly sizeBytes: number
}

/** `snapshot.json` */
export interface SnapshotRecord {
  readonly parent: Digest | undefined
}

/** Undefined when there is none of that name. */
export function readRecord<T extends LayerRecord | SnapshotRecord>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/**
 * The chain IDs from the topmost layer down to the base.
 * @returns undefined when one of them is not in place
 */
export function chainBelow(paths: SnapshotPaths, top: Digest | undefined): readonly Digest[] | undefined {
  const chain: Digest[] = []
  for (let chainId = top; chainId !== undefined; ) {
    const record = readRecord<LayerRecord>(paths.layer(chainId).record)
    if (record === undefined) return undefined
    chain.push(chainId)
    chainId = record.parent
  }
  return chain
}

/** @throws CHAIN_UNKNOWN */
export function requireChain(paths: SnapshotPaths, top: Digest | undefined): readonly Digest[] {
  const chain = chainBelow(paths, top)
  if (chain !== undefined) return chain
  throw unknownChain(paths, top)
}

/** CHAIN_UNKNOWN */
export function unknownChain(paths: SnapshotPaths, chainId: Digest | undefined): ImageError {
  return new ImageError('CHAIN_UNKNOWN', `the layers of chain ${chainId} are not unpacked in ${paths.directory}`, {
    detail: { chainId, directory: paths.directory },
  })
}
