/** @module Plays of the storage protocol on the real code: every order of moves, or random ones, with faults. */
export { type Bounds, type Explored, explore } from './explore.ts'
export { type PreparedScene, prepareScene, type Scene } from './play.ts'
export { makeIdsPredictable } from './predictable-ids.ts'
export { sceneNamed, scenes } from './scenes.ts'
export { type Walked, walk } from './walk.ts'
export { walkPages } from './walk-pages.ts'
export { walkSoleWriter } from './walk-sole-writer.ts'
