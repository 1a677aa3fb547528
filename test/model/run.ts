/**
 * `npm run test:model`: the storage protocol, as its specification and as the code. Every interleaving of the scenes of the
 * specification, and of the errors seeded into it; the same scenes on the storage code, in every order of operations up to
 * a bound, and crowds in orders that the seed decides; with `--mutants`, the code without one guard at a time.
 * @module
 */
import { explore, makeIdsPredictable, prepareScene, type Scene, scenes } from '@tsreg/storage/testing/interleaving'
import { assertThat } from '../harness/report.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { boundsOf } from './bounds.ts'
import { walkCrowds } from './crowds.ts'
import { playMutants } from './mutants.ts'
import { checkSpecification } from './specification.ts'

const flags = {
  mutants: { type: 'boolean' },
  only: { type: 'string' },
} as const

await runSuite({ script: 'test:model', tools: ['patch'], flags }, async (context) => {
  const { only } = context.flags
  const wants = (part: string) => only === undefined || only === part
  if (wants('specification')) await checkSpecification(context)
  if (wants('code')) await playScenes(context)
  if (wants('walks')) await walkCrowds(context)
  if (context.flags.mutants === true) await playMutants(context)
})

async function playScenes({ report, scale, record }: SuiteContext): Promise<void> {
  report.section('scenes on the storage code')
  makeIdsPredictable()
  const total = { plays: 0, endings: 0, states: 0, complete: 0, scenes: 0 }
  for (const scene of scenes) {
    for (const conditionalDelete of [false, true]) {
      const title = `${scene.name}${conditionalDelete ? ', conditional delete' : ''}: ${scene.about}`
      await report.check(title, async () => {
        const { plays, endings, states, depth, complete, deviations } = await playScene(scene, conditionalDelete, scale)
        total.plays += plays
        total.endings += endings
        total.states += states
        total.scenes++
        if (complete) total.complete++
        const reach = complete ? 'all' : `all with ${Math.max(0, deviations)} switches and faults, and more`
        return `${reach}: ${plays} executions, ${endings} to the end, ${states} states, at most ${depth} operations`
      })
    }
  }
  report.note(
    `${total.plays} executions of ${total.scenes} scenes, ${total.complete} of them complete within their bounds`,
  )
  record({ scenesOnTheCode: total })
}

async function playScene(scene: Scene, conditionalDelete: boolean, scale: SuiteContext['scale']) {
  const explored = await explore(await prepareScene(scene, conditionalDelete), boundsOf(scene, scale))
  const { failure } = explored
  assertThat(failure === undefined, `${failure?.error}\n${failure?.trace.join('\n')}`)
  return explored
}
