/**
 * Containers that run to their end.
 * @module
 */

import { assertEqual } from '../../harness/report.ts'
import type { Stage } from '../stage.ts'

export interface RunCounts {
  readonly inARow: number
  readonly atOnce: number
}

export async function checkRuns({ home, scene, report }: Stage, { inARow, atOnce }: RunCounts): Promise<void> {
  await report.check(`${inARow} "run --rm" in a row leave nothing`, async () => {
    for (let count = 0; count < inARow; count++) {
      const { status, stderr } = await home.attempt('run', '--rm', home.image, 'sh', '-c', `exit ${count % 3}`)
      assertEqual(`${status} ${stderr}`, `${count % 3} `, `exit status and complaints of run ${count}`)
      // What is there now and was not before would be there a thousand times in the end.
      if (count % 20 === 0) await scene.assertClean(`after ${count + 1} runs`)
    }
    await scene.assertClean(`after ${inARow} runs`)
  })
  await report.check(`${atOnce} "run --rm" at once leave nothing`, async () => {
    const results = await Promise.all(
      Array.from({ length: atOnce }, (_, count) =>
        home.attempt('run', '--rm', home.image, 'sh', '-c', `echo ${count}; exit ${count % 3}`),
      ),
    )
    for (const [count, { status, stdout, stderr }] of results.entries()) {
      assertEqual(`${status} ${stdout}${stderr}`, `${count % 3} ${count}\n`, `what run ${count} gave`)
    }
    await scene.assertClean(`after ${atOnce} runs at once`)
  })
  await report.check('"run --rm" of what cannot be run leaves nothing', async () => {
    for (const [args, expected] of failing) {
      const { status } = await home.attempt('run', '--rm', ...args.slice(0, -1), home.image, args.at(-1) ?? '')
      assertEqual(status, expected, `the exit status of run ${args.join(' ')}`)
      await scene.assertClean(`after run ${args.join(' ')}`)
    }
  })
  await report.check('"run -d --rm" leaves nothing when it has ended', async () => {
    for (const words of [['true'], ['sleep', '0.5']]) {
      await home.run('run', '-d', '--rm', home.image, ...words)
      await scene.untilClean(`after run -d --rm ${words.join(' ')}`)
    }
  })
}

/** The last word is the command, those before are options. */
const failing: readonly (readonly [args: readonly string[], status: number])[] = [
  [['no-such-program'], 127],
  [['/etc'], 126],
  [['--user', 'nobody-knows', 'true'], 125],
  [['--volume', '/proc/self/no-such/a:/b', 'true'], 125],
]
