/**
 * `node test/model/check.ts --scene [text:|v2:]SCENE [--set SWITCH=N,...] [--seconds N] [--walk SEED]`: every interleaving
 * of one scene of the specification, and when an invariant breaks, the shortest way to it. `--set` also takes the faults
 * `crash`, `lost` and `tick`, and `crashAll`. Without `--scene` it lists them.
 * @module
 */
import { parseArgs } from 'node:util'
import { explain } from './spec/explain.ts'
import { configOf, type Settings, scenes } from './spec/scenes.ts'
import { search, walk } from './spec/search.ts'

const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
    set: { type: 'string', default: '' },
    seconds: { type: 'string', default: '170' },
    walk: { type: 'string' },
  },
})

if (values.scene === undefined) {
  for (const [name, { about }] of Object.entries(scenes)) console.log(`${name.padEnd(20)} ${about}`)
  process.exit(0)
}
const config = configOf(values.scene, settingsOf(values.set))
const seconds = Number(values.seconds)
const found =
  values.walk === undefined ? search(config, { seconds }) : walk(config, { seconds, seed: Number(values.walk) })
const { failure, trace, ...counts } = found
console.log(`${config.name}: ${failure ?? 'ok'} ${JSON.stringify(counts)}`)
if (failure !== null) console.log(explain(config, trace))
process.exit(failure === null ? 0 : 1)

function settingsOf(text: string): Settings {
  const given = Object.fromEntries(
    text.split(',').flatMap((part) => {
      const [name = '', value = '1'] = part.split('=')
      return name === '' ? [] : [[name, Number(value)] as const]
    }),
  )
  const { crash, lost, tick, crashAll, ...switches } = given
  const faults = Object.fromEntries(
    Object.entries({ crash, lost, tick }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  return { faults, switches, crashAll: crashAll === 1 }
}
