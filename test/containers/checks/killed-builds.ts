/**
 * `kill -9` of `tsreg build` while a command of it runs.
 * @module
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readProcesses } from '../processes.ts'
import type { Stage } from '../stage.ts'

/** @returns what is recorded */
export async function checkKilledBuilds(stage: Stage, rounds: number): Promise<Readonly<Record<string, unknown>>> {
  const { home, scene, report, random } = stage
  const context = join(home.directory, 'slow')
  await mkdir(context)
  await report.check(`${rounds} "kill -9" of "build" in a RUN leave nothing`, async () => {
    for (let round = 1; round <= rounds; round++) {
      const text = `FROM ${home.image}\nRUN echo ${round} >/made && sleep 0.3 && (sleep 1000 & sleep 1000)\n`
      await writeFile(join(context, 'Dockerfile'), text)
      const command = home.start('build', context)
      if (random.chance(0.7)) await untilRuns(stage, 'sleep')
      const delayMs = random.integer(0, 500)
      await command.killAfter(delayMs)
      await home.run('run', '--rm', home.image)
      await scene.assertClean(`round ${round}: build killed after ${delayMs} ms`)
    }
  })
  return { killedBuilds: rounds }
}

/** Waits for a process of that name in a container of the home. */
async function untilRuns({ home, scene }: Stage, name: string): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const found = await readProcesses(home.directory, [...scene.ids])
    if (found.some((each) => each.name === name)) return
    if (performance.now() > deadline) throw new Error(`${name} does not come to run`)
    await sleep(20)
  }
}
