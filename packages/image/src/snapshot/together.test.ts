import { expect, test } from '@jest/globals'
import { together } from './together.ts'

/** Runs that end when they are told to. */
function runs() {
  const started: PromiseWithResolvers<void>[] = []
  const call = together(() => {
    const run = Promise.withResolvers<void>()
    started.push(run)
    return run.promise
  })
  return { started, call }
}

const soon = () => new Promise((resolve) => setImmediate(resolve))

test('who calls while a run is under way waits for the next one, and shares it', async () => {
  const { started, call } = runs()
  const done: string[] = []
  const first = call().then(() => done.push('first'))
  const others = ['second', 'third'].map((name) => call().then(() => done.push(name)))
  await soon()
  expect(started).toHaveLength(1)
  started[0]?.resolve()
  await first
  await soon()
  expect(done).toEqual(['first'])
  expect(started).toHaveLength(2)
  started[1]?.resolve()
  await Promise.all(others)
  expect(started).toHaveLength(2)
})

test('a run that fails fails those who waited for it and no others', async () => {
  const { started, call } = runs()
  const [first, second] = [call(), call()]
  started[0]?.reject(new Error('the disk is gone'))
  await expect(first).rejects.toThrow('the disk is gone')
  await soon()
  started[1]?.resolve()
  await second
  const third = call()
  expect(started).toHaveLength(3)
  started[2]?.resolve()
  await third
})
