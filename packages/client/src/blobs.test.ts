import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import { type ScriptedReply, scriptedServer } from '@tsreg/testkit'
import { openScripted } from './testing/open-scripted.ts'

const digest = digestOf('content')
const target = { mediaType: 'application/octet-stream', digest, size: 7 }

async function answered<T>(
  method: string,
  response: ScriptedReply,
  run: (repository: ReturnType<ReturnType<typeof openScripted>['registry']['repository']>) => Promise<T>,
): Promise<T> {
  await using server = await scriptedServer([{ request: { method, path: `/v2/repo/blobs/${digest}` }, response }])
  await using client = openScripted(server.host)
  return await run(client.registry.repository('repo'))
}

describe('a blob', () => {
  test('is resolved by its digest to its size', async () => {
    const reply = { body: 'content', headers: { 'content-type': 'text/plain' } }
    expect(await answered('HEAD', reply, (repository) => repository.resolveBlob(digest))).toEqual(target)
  })

  test('that is not there, or has no size, is a clear error', async () => {
    const resolve = (reply: ScriptedReply) => answered('HEAD', reply, (repository) => repository.resolveBlob(digest))
    await expect(resolve({ status: 404 })).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' })
    await expect(
      resolve({ headers: { 'transfer-encoding': 'chunked' }, body: (async function* () {})() }),
    ).rejects.toMatchObject({ code: 'PROTOCOL' })
  })

  test.each([
    [202, undefined],
    [404, 'BLOB_UNKNOWN'],
    [405, 'UNSUPPORTED'],
  ])('whose delete is answered by %i: %s', async (status, code) => {
    const deleted = answered('DELETE', { status }, (repository) => repository.delete(target))
    if (code === undefined) await deleted
    else await expect(deleted).rejects.toMatchObject({ code })
  })

  test('that may not be seen is neither there nor absent', async () => {
    const looked = answered('HEAD', { status: 403 }, (repository) => repository.exists(target))
    await expect(looked).rejects.toMatchObject({ code: 'DENIED' })
  })
})
