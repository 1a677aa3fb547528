import { expect, test } from '@jest/globals'
import { byteBudget } from './byte-budget.ts'

test('who asks for more than is free waits, and is served in turn', async () => {
  const budget = byteBudget(10)
  const order: string[] = []
  const giveBack = await budget.take(8)
  const large = budget.take(5).then((done) => {
    order.push('large')
    return done
  })
  // It would fit, and waits all the same: otherwise the large one might wait for ever.
  const small = budget.take(1).then(() => void order.push('small'))
  await new Promise(setImmediate)
  expect(order).toEqual([])
  expect(budget.free()).toBe(2)
  giveBack()
  giveBack()
  ;(await large)()
  await small
  expect(order).toEqual(['large', 'small'])
  expect(budget.free()).toBe(9)
})

test('a request for more than there is in all gets all there is', async () => {
  const budget = byteBudget(10)
  const giveBack = await budget.take(1000)
  expect(budget.free()).toBe(0)
  giveBack()
  expect(budget.free()).toBe(10)
})

test('who waits no longer takes nothing and holds nobody up', async () => {
  const budget = byteBudget(10)
  const giveBack = await budget.take(6)
  const controller = new AbortController()
  const left = budget.take(10, { signal: controller.signal })
  const next = budget.take(4)
  controller.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  await next
  expect(budget.free()).toBe(0)
  giveBack()
  expect(budget.free()).toBe(6)
  await expect(budget.take(1, { signal: controller.signal })).rejects.toThrow('gone')
})
