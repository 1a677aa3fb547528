import { describe, expect, test } from '@jest/globals'
import { sessionTurns } from './session-turns.ts'

test('turns come one after the other, and each newcomer asks the one before it to stop', async () => {
  const turns = sessionTurns()
  const order: number[] = []
  const first = await turns.take('x')
  expect([first.waited, first.superseded.aborted, turns.isTaken('x')]).toEqual([false, false, true])
  const [second, third] = [2, 3].map(async (n) => {
    using turn = await turns.take('x')
    order.push(n)
    return [turn.waited, turn.superseded.aborted]
  })
  expect(first.superseded.aborted).toBe(true)
  expect(order).toEqual([])
  first[Symbol.dispose]()
  expect(await second).toEqual([true, true])
  expect(await third).toEqual([true, false])
  expect([order, turns.isTaken('x')]).toEqual([[2, 3], false])
})

test('sessions do not wait for one another', async () => {
  const turns = sessionTurns()
  using _ = await turns.take('x')
  using other = await turns.take('y')
  expect(other.waited).toBe(false)
})

describe('who wants to know where a session is', () => {
  test('waits for the end of the last turn, and stops nobody', async () => {
    const turns = sessionTurns()
    expect(await turns.quiet('x', { patienceMs: 60_000 })).toBe(false)
    const turn = await turns.take('x')
    let isOver = false
    const quiet = turns.quiet('x', { patienceMs: 60_000 }).then((waited) => {
      isOver = true
      return waited
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect([turn.superseded.aborted, isOver]).toEqual([false, false])
    turn[Symbol.dispose]()
    expect(await quiet).toBe(true)
  })

  test('loses patience with a turn that does not end', async () => {
    const turns = sessionTurns()
    using turn = await turns.take('x')
    expect(await turns.quiet('x', { patienceMs: 1 })).toBe(true)
    expect(turn.superseded.aborted).toBe(false)
  })

  test('can be told to give up', async () => {
    const turns = sessionTurns()
    using _ = await turns.take('x')
    const reason = new Error('client left')
    const controller = new AbortController()
    const quiet = turns.quiet('x', { patienceMs: 60_000, signal: controller.signal })
    controller.abort(reason)
    await expect(quiet).rejects.toBe(reason)
  })
})
