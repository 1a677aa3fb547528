import { expect, test } from '@jest/globals'
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
