/**
 * `npm run test:hostile`: build contexts, Dockerfiles and images that are made to do harm, given to the real command. A
 * tree outside is compared before and after, and its secrets are looked for in everything that was printed and kept.
 *
 * `--only TEXT` plays the attacks whose titles have it. `--mutants` plays each against a copy without its guard instead, and
 * expects it to come to something there.
 * @module
 */

import { mountsBelow } from '../harness/mounts.ts'
import { assertEqual, type Report } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import type { Attack } from './attack.ts'
import { sections } from './cases/all.ts'
import { smallBase } from './hostile-base.ts'
import { openStage, type Stage } from './stage.ts'
import { unguarded } from './unguarded.ts'

/** Commands wait for disks more than for processors. */
const atOnce = 4
/** Without its guard; races are won by chance. */
const tries = 12

const flags = { only: { type: 'string' }, mutants: { type: 'boolean' } } as const

await runSuite(
  { script: 'test:hostile', tools: ['busybox', 'runc', 'bzip2', 'xz', 'patch'], flags },
  async (context) => {
    const { report, directory, flags, record, scale } = context
    const isWanted = ({ title, isLong }: Attack) =>
      title.includes(String(flags.only ?? '')) && (scale === 'full' || isLong !== true)
    const wanted = Object.entries(sections).map(([title, attacks]) => [title, attacks.filter(isWanted)] as const)
    if (flags.mutants === true) {
      await playUnguarded(
        wanted.flatMap(([, attacks]) => attacks),
        directory,
        report,
      )
      return
    }
    const stage = await openStage({ directory, base: [await smallBase()] })
    try {
      for (const [title, attacks] of wanted) {
        report.section(title)
        await inParallel(attacks, (attack) => report.check(attack.title, () => stage.play(attack)))
      }
    } finally {
      await stage.close()
    }
    await report.check('nothing is left mounted', async () => {
      assertEqual((await mountsBelow(directory)).join(' '), '', 'the list of mounts')
    })
    record({ attacks: wanted.flatMap(([, attacks]) => attacks).length })
  },
)

async function playUnguarded(attacks: readonly Attack[], directory: string, report: Report): Promise<void> {
  for await (const { mutant, root } of unguarded(attacks, `${directory}/copy`)) {
    report.section(`without ${mutant}`)
    const stage = await openStage({ directory: `${directory}/${mutant}`, root, base: [await smallBase()] })
    try {
      for (const attack of attacks.filter((one) => one.mutant === mutant)) {
        await report.check(`it is noticed: ${attack.title}`, () => expectHarm(stage, attack))
      }
    } finally {
      await stage.close()
    }
  }
}

async function expectHarm(stage: Stage, attack: Attack): Promise<string> {
  for (let at = 0; at < tries; at++) {
    const said = await stage.play(attack).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (said !== undefined) return said.split('\n')[0]?.slice(0, 80) ?? ''
  }
  throw new Error('the attack came to nothing without the guard as well')
}

async function inParallel(attacks: readonly Attack[], work: (attack: Attack) => Promise<unknown>): Promise<void> {
  const pending = attacks.values()
  const worker = async () => {
    for (const attack of pending) await work(attack)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
