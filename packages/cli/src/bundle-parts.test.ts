import { expect, test } from '@jest/globals'
import { localModules } from '../bundle-parts.mjs'

test('what the bundle loads as one exports each name once', async () => {
  const namespaces = await Promise.all(localModules.map((name) => import(name)))
  const names = namespaces.flatMap((namespace) => Object.keys(namespace))
  expect(names.length).toBeGreaterThan(50)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})
