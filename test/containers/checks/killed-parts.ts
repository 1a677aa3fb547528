/**
 * `kill -9` of the processes that stand between a command and its container: the guard, which mounts and starts, conmon,
 * which stays with it, the command itself; each alone and several at once, in random order.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type FoundProcess, readProcesses } from '../processes.ts'
import type { Stage } from '../stage.ts'

const parts = ['command', 'guard', 'conmon'] as const
type Part = (typeof parts)[number]

/** @returns what is recorded */
export async function checkKilledParts(stage: Stage, rounds: number): Promise<Readonly<Record<string, unknown>>> {
  const killed: Record<Part, number> = { command: 0, guard: 0, conmon: 0 }
  for (const chosen of [['guard'], ['conmon'], ['command', 'guard'], ['command', 'conmon'], parts] as const) {
    await stage.report.check(`${rounds} "kill -9" of ${chosen.join(', ')} leave nothing`, async () => {
      for (let round = 1; round <= rounds; round++) await killParts(stage, chosen, killed)
    })
  }
  return { killedParts: killed }
}

async function killParts(stage: Stage, chosen: readonly Part[], killed: Record<Part, number>): Promise<void> {
  const { home, scene, random } = stage
  const command = home.start('run', '--rm', home.image, 'sleep', '0.5')
  const delayMs = random.integer(0, 400)
  await sleep(delayMs)
  const order = chosen.toSorted(() => random.fraction() - 0.5)
  // In one go: what one of them would do about the end of another is not to be done.
  const found = await Promise.all(order.map(async (part) => ({ part, pids: await pidsOf(stage, part, command.pid) })))
  for (const { part, pids } of found) for (const pid of pids) if (killNow(pid)) killed[part] += 1
  await command.ended
  await home.run('run', '--rm', home.image)
  const what = `${order.join(', ')} killed after ${delayMs} ms, and another run`
  await scene.assertOnlyShown(what)
  // Without conmon nobody is there to see the end of the container: whoever comes next clears it away.
  await scene.untilNoneRuns(what)
  await home.run('run', '--rm', home.image)
  await scene.assertClean(`${what}, and another run behind its end`)
}

async function pidsOf({ home, scene }: Stage, part: Part, command: number): Promise<readonly number[]> {
  if (part === 'command') return [command]
  const found = await readProcesses(home.directory, [...scene.ids])
  return found.filter(isPart[part]).map(({ pid }) => pid)
}

const isPart: Readonly<Record<Exclude<Part, 'command'>, (found: FoundProcess) => boolean>> = {
  guard: ({ command }) => command.includes('tsreg-guard'),
  conmon: ({ name }) => name === 'conmon',
}

function killNow(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
