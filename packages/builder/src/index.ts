/** @module Images from a Dockerfile, step by step, without a daemon. */
export {}
