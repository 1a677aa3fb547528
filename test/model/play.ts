/**
 * `node --conditions=source test/model/play.ts --scene SCENE [--preemptions N | all] [--leave-before REGEXP]
 * [--conditional-delete] [--seconds N]`: one scene on the real storage code in every order of moves, and when an invariant breaks, what led to it. `--walk SEED`
 * instead of a scene: one play of a crowd. Without either it lists the scenes.
 * @module
 */
import { parseArgs } from 'node:util'
import {
  explore,
  makeIdsPredictable,
  prepareScene,
  sceneNamed,
  scenes,
  walk,
} from '@tsreg/storage/testing/interleaving'
import { boundsOf } from './bounds.ts'

const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
    preemptions: { type: 'string' },
    'leave-before': { type: 'string' },
    'conditional-delete': { type: 'boolean', default: false },
    seconds: { type: 'string', default: '170' },
    walk: { type: 'string' },
  },
})

makeIdsPredictable()
process.exit(await main())

async function main(): Promise<number> {
  if (values.walk !== undefined) {
    const { people, trace, failure } = await walk(Number(values.walk))
    console.log(`${people.join(', ')}\n${trace.join('\n')}`)
    return tell(failure)
  }
  if (values.scene === undefined) {
    for (const { name, about } of scenes) console.log(`${name.padEnd(20)} ${about}`)
    return 0
  }
  const scene = sceneNamed(values.scene)
  const prepared = await prepareScene(scene, values['conditional-delete'])
  const bounds = { ...boundsOf(scene, 'ci'), plays: Number.POSITIVE_INFINITY, seconds: Number(values.seconds) }
  const { preemptions = String(bounds.preemptions) } = values
  const limit = preemptions === 'all' ? Number.POSITIVE_INFINITY : Number(preemptions)
  const { failure, ...counts } = await explore(prepared, {
    ...bounds,
    preemptions: limit,
    ...(values['leave-before'] === undefined ? {} : { leaveBefore: new RegExp(values['leave-before']) }),
  })
  console.log(`${scene.name}: ${JSON.stringify(counts)}`)
  if (failure !== undefined) console.log(failure.trace.join('\n'))
  return tell(failure?.error)
}

function tell(failure: unknown): number {
  if (failure === undefined) return 0
  console.log(`broken: ${failure instanceof Error ? failure.message : failure}`)
  return 1
}
