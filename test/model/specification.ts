/**
 * The checker on the specification: the scenes of the protocol, the errors seeded into it, and walks where a scene is too
 * big for every interleaving.
 * @module
 */
import { assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { explain } from './spec/explain.ts'
import { mutations } from './spec/mutations.ts'
import { type Config, configOf, exhaustiveScenes, type Settings } from './spec/scenes.ts'
import { type Found, search, walk } from './spec/search.ts'

/** States of a scene that are searched at the ci scale. */
const statesAtCi = 15_000

/** Scenes in which everybody also dies in every state. */
const crashAllScenes = ['up-jan', 'up-gc', 'push-gc', 'gc-gc-crash', 'cancel', 'one-gc', 'inline-gc', 'poison']

export async function checkSpecification(context: SuiteContext): Promise<void> {
  await searchScenes(context)
  await seedErrors(context)
  await walkScenes(context)
}

async function searchScenes({ report, scale, record }: SuiteContext): Promise<void> {
  report.section('scenes of the specification')
  const total = { scenes: 0, complete: 0, states: 0, transitions: 0 }
  const play = async (name: string, what: string, settings: Settings = {}) => {
    const config = configOf(name, settings)
    await report.check(`${name}${what}`, () => {
      const limits = scale === 'full' ? { seconds: 170 } : { seconds: 30, states: statesAtCi }
      const found = search(config, limits)
      refuse(config, found)
      const { states, transitions, complete } = found
      total.scenes++
      total.states += states
      total.transitions += transitions
      if (complete) total.complete++
      return `${states} states, ${transitions} transitions${complete ? '' : ', cut short'}`
    })
  }
  const variants = scale === 'full' ? (['v2', 'fixed'] as const) : (['v2'] as const)
  for (const variant of variants) {
    for (const name of exhaustiveScenes(variant)) await play(variant === 'fixed' ? name : `${variant}:${name}`, '')
  }
  if (scale === 'full') {
    for (const name of crashAllScenes) await play(`v2:${name}`, ', everybody dies in every state', { crashAll: true })
    const delayed: Settings = { faults: { crash: 1, lost: 2 }, delay: true }
    for (const name of ['up-jan', 'up-gc', 'push-gc', 'push-del'])
      await play(`v2:${name}`, ', writes that come late', delayed)
  }
  report.note(`${total.states} states of ${total.scenes} scenes, ${total.complete} of them to the end`)
  record({ scenesOfTheSpecification: total })
}

async function seedErrors({ report, record }: SuiteContext): Promise<void> {
  report.section('errors seeded into the specification')
  let caught = 0
  for (const { name, scene, switches } of mutations) {
    await report.check(`${name}: ${scene} breaks`, () => {
      const { failure, trace } = search(configOf(scene, { switches }), { seconds: 60 })
      assertThat(failure !== null, 'nothing was found')
      caught++
      return `${trace.length} steps, ${failure}`
    })
  }
  report.note(`${caught} of ${mutations.length} seeded errors caught`)
  record({ errorsSeeded: mutations.length, errorsCaught: caught })
}

async function walkScenes({ report, scale, seed, record }: SuiteContext): Promise<void> {
  report.section('walks through the specification')
  const seconds = scale === 'full' ? 60 : 3
  for (const name of ['v2:big', 'v2:big2']) {
    await report.check(`${name}, seed ${seed}`, () => {
      const config = configOf(name)
      const found = walk(config, { seconds, seed })
      refuse(config, found)
      record({ [`walks of ${name}`]: found.walks, [`steps of ${name}`]: found.steps })
      return `${found.walks} walks, ${found.steps} steps`
    })
  }
}

function refuse(config: Config, { failure, trace }: Found): void {
  assertThat(failure === null, `${failure}\n${explain(config, trace)}`)
}
