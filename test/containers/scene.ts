/**
 * A home that is watched: what of its containers is there that nobody sees.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { assertThat } from '../harness/report.ts'
import type { Home } from './home.ts'
import { watchIdentities } from './identities.ts'
import { type Census, leftovers, takeCensus } from './leftovers.ts'

export interface Scene extends Disposable {
  /** Of all containers and steps so far. */
  readonly ids: ReadonlySet<string>
  /** What is there that was not there when the scene was opened. */
  leftovers(): Promise<readonly string[]>
  /**
   * Fails when anything is left, naming each thing. Processes that are about to end are waited for, and with them what
   * they may be clearing away.
   * @param what came before, for the message
   */
  assertClean(what: string): Promise<void>
  /** Fails when anything is left that belongs to no container that `ps -a` shows. */
  assertOnlyShown(what: string): Promise<void>
  /** Waits until `ps` shows no container. */
  untilNoneRuns(what: string): Promise<void>
  /** Waits until nothing is left, without any command. */
  untilClean(what: string): Promise<void>
}

/** How long processes may take to end, and containers to be cleared away. */
const patienceMs = 60_000

/** Runs one container first, so that what the first one makes for all is there before. */
export async function openScene(home: Home): Promise<Scene> {
  await home.run('run', '--rm', home.image)
  const identities = await watchIdentities(home)
  const { ids } = identities
  const before: Census = await takeCensus(home, ids)
  const found = async () => leftovers(before, await takeCensus(home, ids))
  const untilOnly = async (
    isFine: (line: string) => boolean,
    mayPass: (left: readonly string[]) => boolean,
    what: string,
  ) => {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const left = (await found()).filter((line) => !isFine(line))
      if (left.length === 0) return
      const isFinal = !mayPass(left) || performance.now() > deadline
      assertThat(!isFinal, `${what}, this is left:\n    ${left.join('\n    ')}`)
      await sleep(50)
    }
  }
  const isAnyoneThere = (left: readonly string[]) => left.some((line) => line.startsWith('process '))
  return {
    ids,
    leftovers: found,
    assertClean: (what) => untilOnly(() => false, isAnyoneThere, what),
    async assertOnlyShown(what) {
      const shown = (await home.run('ps', '-a', '--no-trunc', '-q')).split('\n').filter((id) => id !== '')
      const names = (await home.run('ps', '-a', '--format', '{{.Names}}')).split('\n').filter((name) => name !== '')
      const isShown = (line: string) => [...shown, ...names].some((each) => line.includes(each))
      await untilOnly(isShown, isAnyoneThere, what)
    },
    async untilNoneRuns(what) {
      const deadline = performance.now() + patienceMs
      for (let shown = await home.run('ps', '-q'); shown !== ''; shown = await home.run('ps', '-q')) {
        assertThat(performance.now() < deadline, `${what}, container ${shown} runs and runs`)
        await sleep(50)
      }
    },
    untilClean: (what) =>
      untilOnly(
        () => false,
        () => true,
        what,
      ),
    [Symbol.dispose]: () => identities[Symbol.dispose](),
  }
}
