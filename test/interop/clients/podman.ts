/**
 * podman on a storage of its own.
 * @module
 */

import { join } from 'node:path'
import type { CreateClient } from '../client.ts'
import { createStorageClient } from './containers-storage.ts'

export const createPodman: CreateClient = (context) =>
  createStorageClient(
    {
      name: 'podman',
      global: (directory) => [
        ...['--tmpdir', join(directory, 'tmp'), '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'],
      ],
      manifestPolicy: false,
      inspectDigest: ['image', 'inspect', '--format', '{{.Digest}}'],
      listTags: ['search', '--list-tags', '--limit', '1000'],
    },
    context,
  )
