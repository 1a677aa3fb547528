/**
 * What the tests of fsck share: a store with images in it, and the findings of a run.
 * @module
 */
import type { digestOf } from '@tsreg/oci'
import { makeArtifact, makeImage, makeIndex } from '@tsreg/testkit'
import type { Bucket } from '../bucket/index.ts'
import type { FsckFinding, FsckOptions, FsckProblem, FsckReport } from '../fsck/index.ts'
import type { RegistryStorage } from '../repository.ts'
import { openStorage } from '../storage.ts'
import { seededBytes } from './bucket-fixtures.ts'
import { pushBlob, pushGraphTo } from './repository-fixtures.ts'

export interface FilledStore {
  readonly storage: RegistryStorage
  /** Tags `v1` and `v2` in `a/b` and `a/b-c`. */
  readonly image: ReturnType<typeof makeImage>
  /** Digest of a blob of 50,000 bytes in `a/b`, which has an object. */
  readonly large: ReturnType<typeof digestOf>
}

/** Two repositories with an image, an index and an artifact, and a large blob that no manifest needs. */
export async function fillStore(bucket: Bucket): Promise<FilledStore> {
  const storage = await openStorage(bucket, { cacheTtlMs: 0 })
  const image = makeImage({ seed: 1, layers: 2 })
  for (const name of ['a/b', 'a/b-c']) {
    const repository = storage.repository(name)
    await pushGraphTo(repository, image, 'v1', 'v2')
    await pushGraphTo(repository, makeIndex({ manifests: [image] }), 'all')
    await pushGraphTo(repository, makeArtifact({ subject: image.manifest.descriptor }))
  }
  const large = await pushBlob(storage.repository('a/b'), seededBytes(50_000, 1))
  return { storage, image, large }
}

export interface FsckRun {
  readonly report: FsckReport
  readonly findings: readonly FsckFinding[]
  /** Problems told, in order of their names; each as often as it was told. */
  readonly problems: readonly FsckProblem[]
}

/** A run that takes nothing for a push under way. */
export async function runFsck(storage: RegistryStorage, options: FsckOptions = {}): Promise<FsckRun> {
  const findings: FsckFinding[] = []
  const report = await storage.fsck({ youngMs: 0, onFinding: (finding) => void findings.push(finding), ...options })
  return { report, findings, problems: findings.map(({ problem }) => problem).toSorted() }
}
