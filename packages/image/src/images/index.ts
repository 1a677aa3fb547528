/** @module Local images: listed, looked up by name or ID, removed; their history. */
export * from './history.ts'
export { type LocalImage, listImages } from './list.ts'
export * from './local-image.ts'
export * from './remove.ts'
export * from './resolve.ts'
export * from './store.ts'
