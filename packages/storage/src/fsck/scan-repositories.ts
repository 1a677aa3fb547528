/**
 * Reads the manifests and tags, and lists the markers, of all repositories: what each needs.
 * @module
 */
import { algorithmOf, type Digest, digestOf, isDigest, isOciError } from '@tsreg/oci'
import { parseManifest } from '@tsreg/oci/image'
import type { ListEntry } from '../bucket/bucket.ts'
import type { CellState } from '../cells.ts'
import type { ManifestHeader } from '../manifest-cell.ts'
import { manifestMarkers } from '../manifest-markers.ts'
import { neededBlobs } from '../manifest-needs.ts'
import {
  allManifests,
  allTags,
  catalogKey,
  decodeName,
  digestAt,
  linkKey,
  manifestKey,
  parseCellKey,
  parseTagKey,
  pointerKey,
  tagMarkerKey,
} from '../paths.ts'
import type { TagHeader } from '../tag-cell.ts'
import type { FsckRun } from './run.ts'
import { claimCells, eachCell, entriesOf, type Scan, unreadable } from './scan.ts'

export async function scanManifests(scan: Scan): Promise<void> {
  const { run } = scan
  let repositoryBefore: string | undefined
  await eachCell<ManifestHeader>(run, { phase: 'manifests', prefix: allManifests }, async (entry, cell) => {
    run.checked.manifests++
    const { repository, digest } = manifestAt(entry.key)
    if (!isDigest(digest)) return await unreadable(run, entry.key, 'its name is not a digest')
    const received = digestOf(cell.payload, algorithmOf(digest))
    run.checked.hashedBytes += cell.payload.byteLength
    const manifest = received === digest ? parse(cell) : undefined
    if (manifest === undefined) {
      return await corruptManifest(
        run,
        entry,
        received === digest ? 'they are not a manifest' : `they have ${received}`,
      )
    }
    const by = entry.key
    const blobs = neededBlobs(manifest)
    const cells = blobs.flatMap((blob) => [pointerKey(blob), linkKey(repository, blob)])
    await claimCells(scan, { kind: 'blob', by }, cells)
    await claimCells(scan, { kind: 'marker', by }, manifestMarkers({ repository, digest, manifest }))
    // One claim per repository will do: the listing is in their order.
    if (repository === repositoryBefore) return
    repositoryBefore = repository
    await claimCells(scan, { kind: 'marker', by }, [catalogKey(repository)])
  })
}

export async function scanTags(scan: Scan): Promise<void> {
  const { run } = scan
  await eachCell<TagHeader>(run, { phase: 'tags', prefix: allTags }, async ({ key: by }, { header }) => {
    run.checked.tags++
    const { digest } = header
    if (!isDigest(String(digest))) return await unreadable(run, by, 'it names no digest')
    const { encoded, tag } = parseTagKey(by)
    const repository = decodeName(encoded)
    await claimCells(scan, { kind: 'tag', by }, [manifestKey(repository, digest)])
    await claimCells(scan, { kind: 'marker', by }, [tagMarkerKey(repository, digest, tag)])
  })
}

/**
 * Markers of tags, subjects and image IDs. Those under `j/` stand for a manifest or for the config of one; which, no key
 * tells, so what they lead to is not looked for.
 */
export async function scanMarkers(scan: Scan): Promise<void> {
  for (const prefix of ['g/', 'i/', 's/']) {
    for await (const { key } of entriesOf(scan.run, 'markers', prefix)) {
      const manifest = markedManifest(key)
      if (manifest === undefined) {
        await unreadable(scan.run, key, 'it is not a marker')
        continue
      }
      scan.run.checked.markers++
      await claimCells(scan, { kind: 'stale', by: key }, [manifest])
    }
  }
}

/** The manifest that a key under `m/` holds. */
export function manifestAt(key: string): { readonly repository: string; readonly digest: Digest } {
  const { encoded, algorithm, hex } = parseCellKey(key)
  return { repository: decodeName(encoded), digest: digestAt(`${algorithm}/${hex}`) }
}

/** Key of the manifest that a marker leads to; undefined for what is none. */
function markedManifest(key: string): string | undefined {
  const [kind, encoded = '', ...path] = key.split('/')
  // g/E/alg/hex/tag, i/E/config/alg/hex, s/E/alg/subject/alg/hex
  const [algorithm = '', hex = ''] = kind === 'g' ? path : path.slice(-2)
  const isWhole = path.length === (kind === 's' ? 4 : 3)
  return isWhole && isDigest(`${algorithm}:${hex}`) ? `m/${encoded}/${algorithm}/${hex}` : undefined
}

function parse({ payload, header }: CellState<ManifestHeader>) {
  try {
    return parseManifest(payload, header?.mediaType ?? '')
  } catch (error) {
    if (isOciError(error)) return undefined
    throw error
  }
}

async function corruptManifest(run: FsckRun, { key, size }: ListEntry, what: string): Promise<void> {
  const { repository, digest } = manifestAt(key)
  const detail = `the bytes of manifest ${digest} of ${repository} are not right: ${what}; push it again`
  await run.found({ problem: 'manifest-corrupt', key, repository, digest, size, detail, repaired: false })
}
