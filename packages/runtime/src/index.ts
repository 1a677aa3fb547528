/** @module Containers without a daemon. */
export * from './bundle/network.ts'
export * from './step/index.ts'
