/** @module Containers without a daemon. */
export {}
