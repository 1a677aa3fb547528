/**
 * buildah on a storage of its own.
 * @module
 */

import type { CreateClient } from '../client.ts'
import { createStorageClient } from './containers-storage.ts'

export const createBuildah: CreateClient = (context) =>
  createStorageClient(
    {
      name: 'buildah',
      global: () => [],
      manifestPolicy: true,
      inspectDigest: ['images', '--json'],
    },
    context,
  )
