/**
 * Repeats one actor's action for as long as the gate lets it, and judges how each action ended.
 * @module
 */

import { ConnectionLost } from '../../harness/exchange.ts'
import { messageOf } from '../../harness/report.ts'
import type { Gate } from './gate.ts'

export interface Activity {
  /** Actions under way now. */
  now: number
  /** Sentences on what went wrong; a connection that a kill cut off is no problem. */
  readonly problems: string[]
}

export async function loop(act: () => Promise<void>, gate: Gate, activity: Activity): Promise<void> {
  while (await gate.passage()) {
    const closings = gate.closings()
    activity.now += 1
    try {
      await act()
    } catch (error) {
      const cutOff = error instanceof ConnectionLost && (await gate.closedSince(closings))
      if (!cutOff) activity.problems.push(describe(error))
    } finally {
      activity.now -= 1
    }
  }
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : ''
  return `${messageOf(error)}${cause}`
}
