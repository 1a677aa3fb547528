/**
 * What the sources of COPY and ADD turned out to be.
 * @module
 */
import type { Digest } from '@tsreg/oci'
import type { SourceFile } from './source-tree.ts'

/** A file below a source that is a directory. */
export interface ChosenFile {
  /** Relative to the source. */
  readonly path: string
  /** In the tree of the source. */
  readonly treePath: string
  readonly file: SourceFile
}

/** One source; a pattern may have become several. */
export interface ChosenSource {
  /** As the Dockerfile names it, or as the pattern found it. */
  readonly source: string
  /** In the tree, with links that the source itself leads through resolved inside the tree. */
  readonly path: string
  /** The last name of the source before links were resolved: what a file is called in a directory it is copied to. */
  readonly name: string
  readonly file: SourceFile
  /** Of a directory all that is in it, depth first in the order of bytes, without itself; of a file none. */
  readonly files: readonly ChosenFile[]
}

/** A file that counts for the cache, by its path among the sources. */
export interface CountedFile {
  readonly path: string
  readonly type: SourceFile['type']
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Of the content; of a link's target. Undefined for everything else. */
  readonly digest: Digest | undefined
}

/** What sources are for the cache: modification times do not count. */
export interface SourceSum {
  /** `file:<64 hex>`, `dir:<64 hex>`, of several `multi:<64 hex>`. */
  readonly sum: string
  readonly files: readonly CountedFile[]
}
