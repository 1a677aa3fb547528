/**
 * Registries over storages that fail, redirect or lie as a test wants them to.
 * @module
 */
import { openStorage, type RegistryStorage, type Repository } from '@tsreg/storage'
import { memoryBucket } from '@tsreg/storage/bucket'
import type { RegistrySettings } from '../config/index.ts'
import { type TestRegistry, testRegistry } from './test-registry.ts'

/** A registry on memory, some abilities of whose repositories are replaced. Close it at the end of the test. */
export async function registryWith(
  change: (repository: Repository) => Partial<Repository>,
  settings: RegistrySettings = {},
): Promise<TestRegistry> {
  const storage = await openStorage(memoryBucket())
  const changed: RegistryStorage = {
    repository(name) {
      const repository = storage.repository(name)
      const { name: _name, blobs, manifests, tags, uploads, referrers } = repository
      return {
        ...{ name, blobs, manifests, tags, uploads, referrers },
        findId: repository.findId.bind(repository),
        exists: repository.exists.bind(repository),
        delete: repository.delete.bind(repository),
        ...change(repository),
      }
    },
    catalog: (options) => storage.catalog(options),
    findId: (prefix, options) => storage.findId(prefix, options),
    discardStaleUploads: (options) => storage.discardStaleUploads(options),
    collectGarbage: (options) => storage.collectGarbage(options),
    explainGarbage: (digest, options) => storage.explainGarbage(digest, options),
    fsck: (options) => storage.fsck(options),
    retention: (policy, options) => storage.retention(policy, options),
    state: () => storage.state(),
    ping: () => storage.ping(),
    close: () => storage.close(),
  }
  return testRegistry(settings, { storage: changed })
}
