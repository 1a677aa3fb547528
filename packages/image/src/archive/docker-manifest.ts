/**
 * `manifest.json` of a docker archive: what `docker save` has written since version 1.10.
 *
 * ```
 * [{"Config": "<hex>.json", "RepoTags": ["debian:13"], "Layers": ["<id>/layer.tar", ...]}]
 * ```
 * @module
 */
import { formatReference, parseReference } from '@tsreg/oci'
import { ImageError } from '../errors.ts'

/** One image of the archive; the paths are those of the archive. */
export interface DockerArchiveEntry {
  readonly config: string
  /** Canonical, for example `docker.io/library/debian:13`. */
  readonly references: readonly string[]
  /** The base layer first. */
  readonly layers: readonly string[]
}

/** @throws ARCHIVE_INVALID naming the place in the document */
export function parseDockerManifest(bytes: Uint8Array): readonly DockerArchiveEntry[] {
  const document = parseJson(bytes)
  if (!Array.isArray(document)) throw invalid('expected an array')
  return document.map((entry: unknown, at) => {
    if (typeof entry !== 'object' || entry === null) throw invalid(`[${at}]: expected an object`)
    const { Config, RepoTags, Layers } = entry as Readonly<Record<string, unknown>>
    if (typeof Config !== 'string') throw invalid(`[${at}].Config: expected a string`)
    return {
      config: Config,
      references: strings(RepoTags ?? [], `[${at}].RepoTags`).map(canonical),
      layers: strings(Layers ?? [], `[${at}].Layers`),
    }
  })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw invalid(`not JSON: ${(error as Error).message}`)
  }
}

function strings(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw invalid(`${path}: expected an array of strings`)
}

// A name that is no reference can still be asked for as it stands.
function canonical(name: string): string {
  try {
    return formatReference(parseReference(name))
  } catch {
    return name
  }
}

function invalid(why: string): ImageError {
  return new ImageError('ARCHIVE_INVALID', `manifest.json of the docker archive is invalid: ${why}`, {
    detail: { reason: why },
  })
}
