import { describe, expect, test } from '@jest/globals'
import { type ScriptedReply, scriptedServer } from '@tsreg/testkit'
import { openScripted } from '../testing/open-scripted.ts'

async function manifest(reply: ScriptedReply, options: Parameters<typeof openScripted>[1] = {}) {
  await using server = await scriptedServer([{ request: { path: '/v2/repo/manifests/v1' }, response: reply }])
  await using client = openScripted(server.host, { retry: { attempts: 1 }, ...options })
  return await client.registry.repository('repo').fetchManifest('v1')
}

const tooLarge = 8 * 1024 * 1024 + 1

describe('limits', () => {
  test('an announced manifest beyond the limit is not read', async () => {
    await expect(manifest({ body: Buffer.alloc(tooLarge) })).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  test('a manifest without end is broken off', async () => {
    await expect(manifest({ body: endless(65_536) })).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  test('an error body without end is cut, and the status counts', async () => {
    await expect(manifest({ status: 404, body: endless(65_536) })).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' })
  })

  test('an error body that breaks off does not hide the status', async () => {
    const reply = { status: 403, body: '{"errors":[{"code":"DENIED"}]}', cutAfterBytes: 5 }
    await expect(manifest(reply)).rejects.toMatchObject({ code: 'DENIED' })
  })

  test('a head that is too large is a broken protocol', async () => {
    const headers = { 'x-large': 'x'.repeat(70_000) }
    await expect(manifest({ headers })).rejects.toMatchObject({ code: 'PROTOCOL' })
  })

  test('a manifest that stalls is a timeout', async () => {
    const reply = { body: '{"schemaVersion":2}', stallAfterBytes: 5 }
    await expect(manifest(reply, { retry: { attempts: 1 }, limits: { stallTimeoutMs: 200 } })).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
  })

  test('a manifest that drips for ever is a timeout', async () => {
    const reply = { body: endless(1, 20) }
    await expect(manifest(reply, { retry: { attempts: 1 }, limits: { bufferTimeoutMs: 300 } })).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
  })

  test('a server that never answers is a timeout', async () => {
    await expect(
      manifest({ delayMs: 3000 }, { retry: { attempts: 1 }, limits: { stallTimeoutMs: 200 } }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('options that make no sense are named', () => {
    expect(() => openScripted('h.example', { connections: 0 })).toThrow(/connections/)
    expect(() => openScripted('h.example', { limits: { stallTimeoutMs: -1 } })).toThrow(/limits.stallTimeoutMs/)
    expect(() => openScripted('h.example', { retry: { attempts: 0 } })).toThrow(/retry.attempts/)
  })
})

async function* endless(chunkBytes: number, delayMs = 0): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(chunkBytes, 32)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
}
