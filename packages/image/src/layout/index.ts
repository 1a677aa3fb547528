/** @module The OCI image layout as the local store. */
export type { Layout, LayoutEntry, LayoutReader, PruneOptions, RemovedContent } from './layout.ts'
export { type OpenLayoutOptions, openLayout, openLayoutReader } from './open.ts'
