/** @module Unpacking layers. */
export * from './apply-layer.ts'
export { defaultLimits, type LayerLimits } from './limits.ts'
export * from './options.ts'
