/**
 * All scenes by name: those of the specification (test/model), which the names are from, and what it leaves out.
 * @module
 */
import type { Scene } from './play.ts'
import { scenesBeyond } from './scenes-beyond.ts'
import { blobScenes } from './scenes-of-blobs.ts'
import { manifestScenes } from './scenes-of-manifests.ts'

export const scenes: readonly Scene[] = [...blobScenes, ...manifestScenes, ...scenesBeyond]

/** @throws TypeError when there is none */
export function sceneNamed(name: string): Scene {
  const found = scenes.find((scene) => scene.name === name)
  if (found === undefined) throw new TypeError(`there is no scene ${name}`)
  return found
}
