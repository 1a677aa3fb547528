/**
 * Random ids that are not random: each process draws 1, 2, 3 ... of its own, so that a play that is repeated is the same
 * to the byte, and two orders of moves that come to one state can be seen to do so.
 * @module
 */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

export interface PredictableIds {
  /** From now on ids are drawn by this process; by one of its late writes when a position is given. */
  turnTo(process: number, position?: number): void
}

/** Late writes draw what their version is to be from a place of their own. */
const latePlace = 0x8000_0000

let current = { place: 0, drawn: 0 }

/**
 * Replaces `randomUUID` and `randomBytes` of node:crypto in this whole program. Only for a program that does nothing else:
 * there is no way back.
 */
export function makeIdsPredictable(): void {
  crypto.randomUUID = () => {
    const { place, drawn } = draw()
    return `${hex(place, 8)}-0000-4000-8000-${hex(drawn, 12)}` as ReturnType<typeof crypto.randomUUID>
  }
  const bytesOf = (size: number): Buffer => {
    const { place, drawn } = draw()
    return Buffer.from(hex(place, size).slice(-size) + hex(drawn, size).slice(-size), 'hex')
  }
  crypto.randomBytes = ((size: number) => bytesOf(size)) as typeof crypto.randomBytes
  syncBuiltinESMExports()
}

/** Each play begins to count anew. */
export function predictableIds(): PredictableIds {
  const places = new Map<number, { place: number; drawn: number }>()
  return {
    turnTo(process, position) {
      if (position !== undefined) {
        current = { place: latePlace + process, drawn: position * 256 }
        return
      }
      const place = process + 1
      current = places.get(place) ?? { place, drawn: 0 }
      places.set(place, current)
    },
  }
}

function draw(): { readonly place: number; readonly drawn: number } {
  current.drawn++
  return current
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
