/**
 * `npm run test:model`: the storage protocol, as its specification and as the code. Every interleaving of the scenes of the
 * specification, and of the errors seeded into it; the same scenes on the storage code, in every order of operations up to
 * a bound, and crowds in orders that the seed decides; with `--mutants`, the code without one guard at a time.
 * @module
 */
import {
  explore,
  makeIdsPredictable,
  prepareScene,
  type Scene,
  scenes,
  walk,
} from '@tsreg/storage/testing/interleaving'
import { assertThat } from '../harness/report.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { boundsOf } from './bounds.ts'
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

/** Each seed is one play: `node --conditions=source test/model/play.ts --walk SEED` repeats it. */
async function walkCrowds({ report, scale, seed, record }: SuiteContext): Promise<void> {
  report.section('crowds on the storage code')
  makeIdsPredictable()
  const count = scale === 'full' ? 50_000 : 200
  const first = seed % 1_000_000_000
  let [walks, moves] = [0, 0]
  await report.check(`${count} plays, seeds from ${first} on`, async () => {
    for (; walks < count; walks++) {
      const { failure, trace, people } = await walk(first + walks)
      moves += trace.length
      assertThat(failure === undefined, `seed ${first + walks}: ${people}\n${trace.join('\n')}\n${failure}`)
    }
    return `${moves} operations`
  })
  record({ crowds: walks, operationsOfCrowds: moves, firstSeedOfCrowds: first })
}
