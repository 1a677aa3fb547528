import { describe, expect, test } from '@jest/globals'
import { type ScriptStep, scriptedServer } from '@tsreg/testkit'
import { openScripted } from './testing/open-scripted.ts'

async function deleteWith(response: NonNullable<ScriptStep['response']>) {
  const request = { method: 'DELETE', path: '/v2/team/app/_tsreg/repository' }
  await using server = await scriptedServer([{ request, response }])
  await using client = openScripted(server.host)
  return await client.registry.repository('team/app').deleteAll()
}

describe('deleting a repository', () => {
  test('gives what the registry says went', async () => {
    const deleted = { tags: 2, manifests: 3, blobs: 0 }
    expect(await deleteWith({ status: 202, body: { name: 'team/app', deleted } })).toEqual(deleted)
  })

  test.each([
    ['an unknown repository', { status: 404, body: { errors: [{ code: 'NAME_UNKNOWN' }] } }, 'NAME_UNKNOWN'],
    ['another registry', { status: 404, body: '404 page not found' }, 'UNSUPPORTED'],
    ['a registry that does not delete', { status: 405 }, 'UNSUPPORTED'],
    ['an answer without counts', { status: 202, body: { name: 'team/app' } }, 'PROTOCOL'],
    ['counts that are none', { status: 202, body: { deleted: { tags: -1, manifests: 1, blobs: '1' } } }, 'PROTOCOL'],
  ])('%s is a clear error', async (_what, response, code) => {
    await expect(deleteWith(response)).rejects.toMatchObject({ code })
  })
})
