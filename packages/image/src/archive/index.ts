/** @module Archives of images: read in place, as stores to copy from. */
export type { ArchivedImage, ImageArchive } from './archive.ts'
export { openDockerArchive } from './docker-archive.ts'
export { openOciArchive } from './oci-archive.ts'
export { type SavedImage, type SaveOptions, saveArchive } from './save.ts'
export * from './source.ts'
export type { OpenArchiveOptions } from './tar-archive.ts'
