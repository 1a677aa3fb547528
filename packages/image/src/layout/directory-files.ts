/**
 * The files of a layout that is a directory.
 * @module
 */
import { join } from 'node:path'
import { openFileRange, readSmallFile, regularFileSize } from '../files/read.ts'
import type { LayoutFiles } from './read.ts'

export function directoryFiles(directory: string): LayoutFiles {
  return {
    location: directory,
    sizeOf: (path) => regularFileSize(join(directory, path)),
    read: (path, limit) => readSmallFile(join(directory, path), limit),
    open: (path, options) => openFileRange(join(directory, path), options),
  }
}
