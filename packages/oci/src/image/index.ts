/** @module The image specification as code: manifests, indexes, configs, layouts. */
export * from './config.ts'
export * from './layout.ts'
export * from './manifest.ts'
export * from './parse-manifest.ts'
