import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type S3Double, slowDown, startS3Double } from '@tsreg/storage/testing/s3-double'
import { pino } from 'pino'
import { type RunningRegistry, startRegistry } from './main.ts'

const content = Buffer.alloc(100_000, 'a blob in a bucket ')
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`

describe('a registry on S3', () => {
  let double: S3Double
  let registry: RunningRegistry | undefined
  let lines: string[]
  const before = { ...process.env }

  beforeEach(async () => {
    double = await startS3Double()
    process.env.AWS_ACCESS_KEY_ID = double.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = double.secretAccessKey
    lines = []
  })
  afterEach(async () => {
    await registry?.close()
    registry = undefined
    await double.close()
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
  const start = async (storage: string): Promise<string> => {
    const logger = pino({}, { write: (line) => void lines.push(line) })
    registry = await startRegistry({ listen: '127.0.0.1:0', storage }, { logger })
    return registry.url
  }

  test('is named by its URL, takes its credentials from the environment, and counts its requests', async () => {
    const url = await start(double.storageUrl('p'))
    double.fail('PutObject', slowDown)
    const pushed = await fetch(`${url}/v2/a/blobs/uploads/?digest=${digest}`, { method: 'POST', body: content })
    expect(pushed.status).toBe(201)
    const answer = await fetch(`${url}/v2/a/blobs/${digest}`)
    expect(answer.url.startsWith(double.endpoint)).toBe(true)
    expect(content.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true)

    const metrics = await (await fetch(`${url}/metrics`)).text()
    const counted = (operation: string, outcome: string) =>
      Number(
        new RegExp(`^tsreg_storage_requests_total{operation="${operation}",outcome="${outcome}"} (\\d+)$`, 'm').exec(
          metrics,
        )?.[1],
      )
    expect(counted('PutObject', 'throttled')).toBe(1)
    // Beside what the probe tried out, all that was asked of the bucket but the GET, which was the client's.
    const puts = double.requests.filter(({ operation, status }) => operation === 'PutObject' && status === 200)
    expect(counted('PutObject', 'ok')).toBe(puts.length)
    expect(metrics).toMatch(/^tsreg_storage_request_seconds_total{operation="PutObject"} \d/m)
    expect(lines.join('')).not.toContain(double.secretAccessKey)
  })

  test('is not ready while the bucket does not answer, and ready again without a restart', async () => {
    const url = await start(double.storageUrl('p'))
    const outage = double.fail('*', { reset: 'before' }, 1000)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    outage.end()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  test.each([
    ['s3://images?regoin=x', 'did you mean region?'],
    ['s3://AKIA:hunter2@images', 'credentials do not belong into it'],
  ])('%s is refused with what to write', async (storage, advice) => {
    const error = await start(storage).catch((caught: Error) => caught)
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      setting: 'storage',
      message: expect.stringContaining(advice),
    })
    expect(`${error}`).not.toContain('hunter2')
  })

  test('with the wrong secret does not start, and says so', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'hunter2'
    const error = await start(double.storageUrl('p')).catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('hunter2')
  })
})
