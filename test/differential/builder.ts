/**
 * A builder as the suite sees it: builds a context, and shows what it made without any code of the product's.
 * @module
 */

import type { Tree } from '../harness/tree.ts'

export interface BuildRequest {
  /** Lower case; no other request to the same builder has it, but for a rebuild. */
  readonly name: string
  /** The context's directory. */
  readonly directory: string
  /** @default 'Dockerfile' */
  readonly dockerfileName?: string
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly platform?: string
  /** @default false */
  readonly noCache?: boolean
}

export interface BuildResult {
  /** 0 when it built. */
  readonly status: number
  /** Both streams. */
  readonly output: string
  /** Image ID, `sha256:…`; absent when it did not build. */
  readonly id?: string
  /** For each step after the FROM lines: whether the cache answered it. */
  readonly cached: readonly boolean[]
}

/** An image config as it is stored: the JSON of the OCI image spec with docker's additions. */
export interface ImageConfig {
  readonly author?: string
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly rootfs: { readonly diff_ids: readonly string[] }
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[]
}

export interface Builder {
  readonly name: 'docker' | 'buildah' | 'tsreg'
  readonly version: string
  build(request: BuildRequest): Promise<BuildResult>
  /** The config of an image it built, as stored. */
  configOf(id: string): Promise<ImageConfig>
  /** The file tree of an image it built. */
  treeOf(id: string): Promise<Tree>
  close(): Promise<void>
}

/** Layouts of the bases by their name in Dockerfiles; each has the one tag `v1`. */
export type BaseLayouts = Readonly<Record<string, string>>

/**
 * Reads the steps out of the output all builders share, `Step 2/4 : …` or `STEP 2/4: …`, each followed by
 * `Using cache` where the cache answered.
 */
export function cachedSteps(output: string): readonly boolean[] {
  const steps: { readonly isFrom: boolean; cached: boolean }[] = []
  for (const line of output.split('\n')) {
    const step = /^(?:\[\d+\/\d+\] )?step \d+(?:\/\d+)? ?: (\S+)/i.exec(line)
    if (step !== null) steps.push({ isFrom: /^from$/i.test(step[1] ?? ''), cached: false })
    else if (/^ ?-{2,3}> Using cache/.test(line)) {
      const last = steps.at(-1)
      if (last !== undefined) last.cached = true
    }
  }
  return steps.filter(({ isFrom }) => !isFrom).map(({ cached }) => cached)
}
