/**
 * `npm run test:hostile`: build contexts, Dockerfiles and images that are made to do harm, given to the real command. A
 * tree outside is compared before and after, and its secrets are looked for in everything that was printed and kept.
 * @module
 */

import { mountsBelow } from '../harness/mounts.ts'
import { assertEqual } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import type { Attack } from './attack.ts'
import { sections } from './cases/all.ts'
import { smallBase } from './hostile-base.ts'
import { openStage } from './stage.ts'

/** Commands wait for disks more than for processors. */
const atOnce = 4

const flags = { only: { type: 'string' } } as const

await runSuite({ script: 'test:hostile', tools: ['busybox', 'runc', 'bzip2', 'xz'], flags }, async (context) => {
  const { report, directory, flags, record, scale } = context
  const isWanted = (title: string) => title.includes(String(flags.only ?? ''))
  const stage = await openStage({ directory, base: [await smallBase()] })
  try {
    for (const [title, attacks] of Object.entries(sections)) {
      report.section(title)
      const wanted = attacks.filter(({ title, isLong }) => isWanted(title) && (scale === 'full' || isLong !== true))
      await inParallel(wanted, atOnce, (attack) => report.check(attack.title, () => stage.play(attack)))
    }
  } finally {
    await stage.close()
  }
  await report.check('nothing is left mounted', async () => {
    assertEqual((await mountsBelow(directory)).join(' '), '', 'the list of mounts')
  })
  record({ attacks: Object.values(sections).flat().length })
})

async function inParallel(
  attacks: readonly Attack[],
  count: number,
  work: (attack: Attack) => Promise<unknown>,
): Promise<void> {
  const pending = attacks.values()
  const worker = async () => {
    for (const attack of pending) await work(attack)
  }
  await Promise.all(Array.from({ length: count }, worker))
}
