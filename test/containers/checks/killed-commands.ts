/**
 * `kill -9` of commands at random moments of their life: `run` above all, and what else makes, changes or removes containers.
 * @module
 */

import type { Stage } from '../stage.ts'

interface Kind {
  /** What is there before: arguments of `run` or `create` behind the verb. */
  readonly before?: readonly string[]
  /** The command that is killed; IMAGE stands for the image. */
  readonly command: readonly string[]
  /** True where nothing is left in the end without another command. */
  readonly goes: boolean
}

const kinds: readonly Kind[] = [
  { command: ['run', '--rm', 'IMAGE', 'true'], goes: true },
  { command: ['run', '--rm', '--name', 'chosen', 'IMAGE', 'sleep', '0.4'], goes: true },
  { command: ['run', '--rm', '-d', 'IMAGE', 'sleep', '0.4'], goes: true },
  { command: ['run', '--rm', '--network', 'none', '--tmpfs', '/x', '--volume', '/y', 'IMAGE', 'echo'], goes: true },
  { command: ['run', '--name', 'staying', 'IMAGE', 'sleep', '0.2'], goes: false },
  { command: ['run', '-d', 'IMAGE', 'true'], goes: false },
  { command: ['create', '--volume', '/y', 'IMAGE'], goes: false },
  { before: ['create', '--name', 'made', 'IMAGE', 'sleep', '0.2'], command: ['start', 'made'], goes: false },
  { before: ['run', '-d', '--name', 'old', 'IMAGE', 'sleep', '600'], command: ['rm', '-f', 'old'], goes: false },
  { before: ['run', '-d', '--name', 'old', 'IMAGE', 'sleep', '600'], command: ['exec', 'old', 'true'], goes: false },
]

/** @returns what is recorded */
export async function checkKilledCommands(stage: Stage, rounds: number): Promise<Readonly<Record<string, unknown>>> {
  const { home, scene, report, random } = stage
  const typicalMs = await timeOf(stage)
  let cut = 0
  await report.check(`${rounds} "kill -9" of commands leave only what "ps -a" shows`, async () => {
    for (let round = 1; round <= rounds; round++) {
      const { before = [], command, goes } = random.pick(kinds)
      const withImage = (words: readonly string[]) => words.map((word) => (word === 'IMAGE' ? home.image : word))
      if (before.length > 0) await home.run(...withImage(before))
      const delayMs = random.integer(0, Math.round(typicalMs * 1.5))
      const what = `round ${round}: ${command.join(' ')} killed after ${delayMs} ms`
      if (await home.start(...withImage(command)).killAfter(delayMs)) cut += 1
      await home.run('run', '--rm', home.image)
      await scene.assertOnlyShown(`${what}, and another run`)
      if (!goes) await removeAll(stage)
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
