/** @module Writing layers. */
export * from './entry.ts'
export { fileContent } from './file-content.ts'
export * from './write-layer.ts'
