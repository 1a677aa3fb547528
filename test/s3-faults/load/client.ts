/**
 * A client of several replicas, which tells a clean failure from a mistake and does not give up.
 * @module
 */

import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, ConnectionLost, type ExchangeOptions, exchange } from '../../harness/exchange.ts'
import type { Random } from '../../harness/random.ts'
import { assertThat } from '../../harness/report.ts'

/** An answer of the 500s in the specification's form: the registry says that it could not. */
export class CleanFailure extends Error {
  override readonly name = 'CleanFailure'
}

export interface FailureCounts {
  /** Answers of the 500s. */
  clean: number
  /** Connections that broke before an answer was complete. */
  lost: number
}

export interface ReplicaClient {
  /**
   * One exchange with any replica; a path, or an address that an answer named.
   * @throws CleanFailure, ConnectionLost; Error for an answer of the 500s without a code
   */
  ask(options: Omit<ExchangeOptions, 'agent' | 'idleMs' | 'url'> & { readonly path: string }): Promise<Answer>
  /** Repeats the work until it neither fails cleanly nor loses its connection. @throws what else it throws */
  persist<T>(work: () => Promise<T>): Promise<T>
}

/** Longer than a replica tries by itself before it answers. */
const idleMs = 180_000

export function createClient(
  origins: readonly string[],
  { random, failures, patienceMs }: { random: Random; failures: FailureCounts; patienceMs: number },
): ReplicaClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })

  async function ask({ path, ...options }: Parameters<ReplicaClient['ask']>[0]): Promise<Answer> {
    const url = new URL(path, random.pick(origins)).href
    const answer = await exchange({ ...options, url, agent, idleMs })
    if (answer.status < 500) return answer
    const [error] = errorsIn(answer)
    const said = `${options.method} ${url} answered ${answer.status}`
    if (options.method !== 'HEAD')
      assertThat(error?.code !== undefined && error.message !== undefined, `${said} without a code`)
    throw new CleanFailure(`${said} ${error?.code} ${error?.message}`)
  }

  return {
    ask,
    async persist(work) {
      const deadline = performance.now() + patienceMs
      for (;;) {
        try {
          return await work()
        } catch (error) {
          if (error instanceof CleanFailure) failures.clean += 1
          else if (error instanceof ConnectionLost) failures.lost += 1
          else throw error
          if (performance.now() > deadline) throw new Error('never came through', { cause: error })
          await sleep(random.integer(50, 400))
        }
      }
    },
  }
}

function errorsIn({ body }: Answer): readonly { readonly code?: string; readonly message?: string }[] {
  try {
    return JSON.parse(body.toString()).errors ?? []
  } catch {
    return []
  }
}
