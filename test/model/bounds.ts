/**
 * How far each scene is played on the code.
 * @module
 */
import type { Bounds, Scene } from '@tsreg/storage/testing/interleaving'
import type { Scale } from '../harness/arguments.ts'

/** Of one scene at the scale. */
export function boundsOf({ faults = {}, preemptions = 2 }: Scene, scale: Scale): Bounds {
  const { crash = 0, lost = 0, tick = 0 } = faults
  const unlimited = Number.POSITIVE_INFINITY
  const full = { preemptions: unlimited, crashes: crash, lost, ticks: tick, plays: unlimited, seconds: 20 }
  return scale === 'full' ? full : { ...full, preemptions, plays: 120, seconds: 20 }
}
