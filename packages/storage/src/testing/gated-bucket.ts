/**
 * A bucket whose operations a test can stop: at the store's door, where a crash, a pause or another client's request
 * come in between.
 * @module
 */
import type { Bucket } from '../bucket/index.ts'
import { type BucketOperation, wrapBucket } from './wrapped-bucket.ts'

export interface Gate {
  /** Resolves when an operation stands at the gate. */
  readonly reached: Promise<void>
  /** Lets it through, and all after it. */
  open(): void
  /** Fails it, without its having happened. */
  fail(): void
  /** Does it, and loses the reply. */
  loseReply(): void
}

export interface GatedBucket {
  readonly bucket: Bucket
  /** Stops the next operation that matches: `put b/` is the next `put` of a key that begins so. */
  stop(match: string): Gate
  /** Stops the operation after the next one that matches. */
  stopAfter(match: string): Gate
}

type Verdict = 'open' | 'fail' | 'lose'

interface Waiting {
  readonly matches: (operation: BucketOperation) => boolean
  readonly reach: () => void
  readonly verdict: Promise<Verdict>
}

export function gatedBucket(inner: Bucket): GatedBucket {
  const gates: Waiting[] = []

  function stopWhen(matches: (operation: BucketOperation) => boolean): Gate {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    const { promise: verdict, resolve: decide } = Promise.withResolvers<Verdict>()
    gates.push({ matches, reach, verdict })
    return { reached, open: () => decide('open'), fail: () => decide('fail'), loseReply: () => decide('lose') }
  }

  return {
    bucket: wrapBucket(inner, async (operation, call) => {
      const at = gates.findIndex(({ matches }) => matches(operation))
      const [gate] = at < 0 ? [] : gates.splice(at, 1)
      if (gate === undefined) return await call()
      gate.reach()
      const verdict = await gate.verdict
      if (verdict === 'fail') throw new Error(`${operation.name} ${operation.keys[0]}: failed by the test`)
      const result = await call()
      if (verdict === 'lose') throw new Error(`${operation.name} ${operation.keys[0]}: reply lost by the test`)
      return result
    }),
    stop: (match) => stopWhen(matcher(match)),
    stopAfter(match) {
      const first = matcher(match)
      let seen = false
      return stopWhen((operation) => {
        if (seen) return true
        seen = first(operation)
        return false
      })
    },
  }
}

function matcher(match: string): (operation: BucketOperation) => boolean {
  const [name = '', prefix = ''] = match.split(' ')
  return (operation) => operation.name === name && operation.keys.some((key) => key.startsWith(prefix))
}
