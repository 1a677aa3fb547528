import { expect, test } from '@jest/globals'
import { formatScope, formatScopes, parseScope, parseScopes } from './scope.ts'

test.each([
  ['repository:library/debian:pull,push', 'repository', 'library/debian', ['pull', 'push']],
  ['repository:host:5000/a/b:pull', 'repository', 'host:5000/a/b', ['pull']],
  ['repository(plugin):a:pull', 'repository', 'a', ['pull']],
  ['registry:catalog:*', 'registry', 'catalog', ['*']],
  ['repository:a:pull,pull', 'repository', 'a', ['pull']],
  ['repository:a:', 'repository', 'a', []],
])('%s', (text, type, name, actions) => {
  expect(parseScope(text)).toEqual({ type, name, actions })
})

test.each([
  '',
  'repository',
  'repository:a',
  'repository::pull',
  ':a:pull',
  'REPO:a:pull',
  'repository:a b:pull',
  'repository:a:PULL',
  `repository:${'a'.repeat(2000)}:pull`,
])('%j is refused', (text) => {
  expect(() => parseScope(text)).toThrow('not a scope')
})

test('several scopes are separated by spaces', () => {
  const access = parseScopes(' repository:a:pull,push  repository:b:pull ')
  expect(formatScopes(access)).toBe('repository:a:pull,push repository:b:pull')
  expect(parseScopes('')).toEqual([])
  expect(formatScope({ type: 'registry', name: 'catalog', actions: ['*'] })).toBe('registry:catalog:*')
})
