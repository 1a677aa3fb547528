/**
 * The manifests of the model. They are immutable: a digest is what it names.
 * @module
 */

export interface ModelManifest {
  readonly blobs: readonly string[]
  readonly children: readonly string[]
  readonly subject: string | null
}

const manifests: Readonly<Record<string, ModelManifest>> = {
  M1: { blobs: ['D1'], children: [], subject: null },
  M2: { blobs: ['D1', 'D2'], children: [], subject: null },
  M3: { blobs: ['D2'], children: [], subject: null },
  IX: { blobs: [], children: ['M1'], subject: null },
  RF: { blobs: ['D2'], children: [], subject: 'M1' },
}

export function manifest(digest: string | undefined): ModelManifest {
  const found = manifests[digest ?? '']
  if (found === undefined) throw new Error(`there is no manifest ${digest}`)
  return found
}

/** Everything a manifest needs, in the order in which it is checked: pointer and link of each blob, cell of each child. */
export function needsOf(repository: string, digest: string | undefined): readonly string[] {
  const { blobs, children } = manifest(digest)
  return [
    ...blobs.flatMap((d) => [`b/${d}`, `r/${repository}/b/${d}`]),
    ...children.map((child) => `r/${repository}/m/${child}`),
  ]
}
