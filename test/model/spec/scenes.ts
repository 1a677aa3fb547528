/**
 * What the checker knows of a scene: which processes meet, on what store, with which faults, under which variant of the
 * protocol.
 * @module
 */

import type { Switches } from './process.ts'
import type { Role } from './processes.ts'
import { blobScenes } from './scenes-of-blobs.ts'
import { manifestScenes } from './scenes-of-manifests.ts'
import type { Body } from './store.ts'

/** Crashes; lost replies and delayed writes together; ticks of the clock. */
export type FaultName = 'crash' | 'lost' | 'tick'

export interface Scene {
  readonly about: string
  readonly processes: readonly Role[]
  /** Cells that are there at the beginning. */
  readonly init?: readonly (readonly [key: string, body: Body])[]
  /** Manifests of `init` whose push was acknowledged. */
  readonly acknowledged?: readonly string[]
  readonly faults?: Readonly<Partial<Record<FaultName, number>>>
  /** A lost reply may also be a write that takes place later. */
  readonly delay?: boolean
  /** A write may take place a second time, at any later step. */
  readonly twice?: boolean
  /** A clock runs: grace is 2 ticks, and what is 1 tick old is touched. Without it everything is old and nothing touched. */
  readonly timed?: boolean
  readonly switches?: Readonly<Record<string, number>>
}

/** A scene as it is played. */
export interface Config extends Omit<Scene, 'about' | 'faults' | 'switches'> {
  readonly name: string
  readonly faults: Readonly<Record<FaultName, number>>
  readonly switches: Switches
  /** Everybody also dies in every state, and what is left must be cleared up. */
  readonly crashAll?: boolean
  /** Ticks for which a blob can be read after its 201. */
  readonly promise: number
}

/** `text`: an earlier draft, which breaks; `fixed`: with the fixes F1-F9; `v2`: these, and no state `new`: the protocol. */
export const variants = {
  text: { trash: 1 },
  fixed: {
    trash: 1,
    dataCreate: 1,
    sweepFence: 1,
    janitorOrder: 1,
    trashKeepCond: 1,
    tagPost: 1,
    delRecheck: 1,
    lateClean: 1,
    linkPost: 1,
    gcNew: 1,
    once: 1,
    strictCells: 1,
    m4keepOld: 1,
  },
  get v2() {
    return { ...variants.fixed, noNew: 1, noRollForward: 1 }
  },
} as const

export type VariantName = keyof typeof variants

export const scenes: Readonly<Record<string, Scene>> = { ...blobScenes, ...manifestScenes }

/** What a run sets otherwise than its scene. */
export interface Settings {
  readonly switches?: Readonly<Record<string, number>>
  readonly faults?: Scene['faults']
  readonly delay?: boolean
  readonly twice?: boolean
  readonly crashAll?: boolean
}

/**
 * @param name `SCENE` (fixed), `text:SCENE` or `v2:SCENE`
 * @throws TypeError when there is no such scene or variant
 */
export function configOf(name: string, settings: Settings = {}): Config {
  const [prefix = '', rest] = name.split(':')
  const scene = scenes[rest ?? prefix]
  const variant = rest === undefined ? 'fixed' : prefix
  if (scene === undefined || !isVariant(variant)) throw new TypeError(`there is no scene ${name}`)
  const { about: _, ...parts } = scene
  return {
    ...parts,
    name,
    delay: settings.delay ?? scene.delay ?? false,
    twice: settings.twice ?? scene.twice ?? false,
    crashAll: settings.crashAll ?? false,
    faults: { crash: 0, lost: 0, tick: 0, ...scene.faults, ...settings.faults },
    switches: { tries: 3, ...variants[variant], ...scene.switches, ...settings.switches },
    promise: 1,
  }
}

function isVariant(name: string): name is VariantName {
  return name in variants
}

/** Names of the scenes that are searched to the end: of `v2` those that a variant without `new` can lose nothing in. */
export function exhaustiveScenes(variant: VariantName): readonly string[] {
  const names = Object.keys(scenes)
  if (variant === 'v2') return names.filter((name) => !/big|one-reuse|tomb-jan|up-up-jan-jan/.test(name))
  const left = names.filter((name) => !/^(one-|big)/.test(name))
  return variant === 'text' ? left : left.filter((name) => name !== 'up-up-jan-jan')
}
