/**
 * `kill -9` of `tsreg run` at random moments of its life.
 * @module
 */

import type { Stage } from '../stage.ts'

/** Arguments of the command behind `run`, and before the image; those without `--rm` leave a container or none. */
const kinds: readonly { readonly flags: readonly string[]; readonly words: readonly string[] }[] = [
  { flags: ['--rm'], words: ['true'] },
  { flags: ['--rm', '--name', 'chosen'], words: ['sleep', '0.4'] },
  { flags: ['--rm', '-d'], words: ['sleep', '0.4'] },
  { flags: ['--rm', '--network', 'none', '--tmpfs', '/x', '--volume', '/y'], words: ['sh', '-c', 'echo a; sleep 0.2'] },
  { flags: ['--name', 'staying'], words: ['sleep', '0.2'] },
  { flags: ['-d'], words: ['true'] },
]

/** @returns what is recorded */
export async function checkKilledCommands(stage: Stage, rounds: number): Promise<Readonly<Record<string, unknown>>> {
  const { home, scene, report, random } = stage
  const typicalMs = await timeOf(stage)
  let cut = 0
  await report.check(`${rounds} "kill -9" of "run" leave only what "ps -a" shows`, async () => {
    for (let round = 1; round <= rounds; round++) {
      const { flags, words } = random.pick(kinds)
      const delayMs = random.integer(0, Math.round(typicalMs * 1.5))
      const what = `round ${round}: run ${flags.join(' ')} ${words.join(' ')} killed after ${delayMs} ms`
      const command = home.start('run', ...flags, home.image, ...words)
      if (await command.killAfter(delayMs)) cut += 1
      await home.run('run', '--rm', home.image)
      await scene.assertOnlyShown(`${what}, and another run`)
      if (!flags.includes('--rm')) await removeAll(stage)
      await scene.untilClean(what)
    }
    return `${cut} of them before its end`
  })
  return { killedCommands: rounds, killedBeforeTheirEnd: cut }
}

async function removeAll({ home }: Stage): Promise<void> {
  const ids = (await home.run('ps', '-a', '-q')).split('\n').filter((id) => id !== '')
  if (ids.length > 0) await home.run('rm', '-f', ...ids)
}

/** How long a run takes here and now, in milliseconds: the longest of three. */
async function timeOf({ home }: Stage): Promise<number> {
  const times: number[] = []
  for (let count = 0; count < 3; count++) {
    const startedMs = performance.now()
    await home.run('run', '--rm', home.image)
    times.push(performance.now() - startedMs)
  }
  return Math.max(...times)
}
