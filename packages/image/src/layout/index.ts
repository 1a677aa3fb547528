/** @module The OCI image layout as the local store. */
export type { Ingester, Layout, LayoutEntry, LayoutReader, PruneOptions, RemovedContent, TagOptions } from './layout.ts'
export { type OpenLayoutOptions, openLayout, openLayoutReader } from './open.ts'
