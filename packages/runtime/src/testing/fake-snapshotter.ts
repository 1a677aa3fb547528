/**
 * For tests: a snapshotter with one root file system, whatever the chain.
 * @module
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Snapshotter } from '@tsreg/image/snapshot'
import { makeSnapshot } from './root.ts'

/** @param lower the root file system below all its snapshots */
export function fakeSnapshotter(directory: string, lower: string): Snapshotter {
  const unused = () => {
    throw new Error('not for these tests')
  }
  return {
    kind: 'overlay',
    create: async (key) => makeSnapshot(directory, key, lower),
    open: async (key) => makeSnapshot(directory, key, lower),
    remove: async (key) => rmSync(join(directory, key), { recursive: true, force: true }),
    async *list() {
      if (existsSync(directory)) yield* readdirSync(directory)
    },
    unpack: unused,
    has: unused,
    lookup: unused,
    names: unused,
    changes: unused,
    commit: unused,
    prune: unused,
  }
}
