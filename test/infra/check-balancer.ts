/**
 * The balancer: it hands bodies on while they come, limits none, and sends nothing to a replica that is not ready.
 * @module
 */

import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from '../harness/exchange.ts'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import type { Arrangement } from './arrangement.ts'

const MiB = 1024 * 1024

export async function checkBalancer({ report, seed, scale }: SuiteContext, arrangement: Arrangement): Promise<void> {
  const origin = `http://${arrangement.host}`
  const random = createRandom(seed, 'balancer')
  const start = async () => {
    const { status, headers } = await exchange({ method: 'POST', url: `${origin}/v2/infra/balancer/blobs/uploads/` })
    assertEqual(status, 202, 'the status of POST')
    return new URL(headers.location ?? '', origin).href
  }
  await report.check('half a body that breaks off has reached a replica, not a buffer', async () => {
    const location = await start()
    const half = random.bytes(6 * MiB)
    await sendHalf(location, half)
    const deadline = performance.now() + 30_000
    let range = ''
    while (!(lastByte(range) > MiB)) {
      assertThat(performance.now() < deadline, `the upload stands at ${range}`)
      await sleep(50)
      range = String((await exchange({ method: 'GET', url: location })).headers.range ?? '')
    }
    return `the upload stands at ${range}`
  })
  const size = (scale === 'full' ? 2048 : 96) * MiB
  await report.check(`a body of ${size / MiB} MiB without a length goes through`, async () => {
    const chunk = random.bytes(MiB)
    const hash = createHash('sha256')
    const body = function* () {
      for (let sent = 0; sent < size; sent += chunk.length) {
        hash.update(chunk)
        yield chunk
      }
    }
    const location = await start()
    const patched = await exchange({ method: 'PATCH', url: location, body: body() })
    assertEqual(patched.status, 202, 'the status of PATCH')
    const digest = `sha256:${hash.digest('hex')}`
    const next = new URL(patched.headers.location ?? '', origin)
    next.searchParams.set('digest', digest)
    assertEqual((await exchange({ method: 'PUT', url: next.href })).status, 201, 'the status of PUT')
    const { status, headers } = await exchange({ method: 'HEAD', url: `${origin}/v2/infra/balancer/blobs/${digest}` })
    assertEqual(status, 200, 'the status of HEAD')
    assertEqual(headers['content-length'], String(size), 'the length of the blob')
  })
  await report.check('without one replica every request is answered by the other', async () => {
    const [replica = ''] = arrangement.replicas
    await arrangement.kill(replica)
    for (let count = 0; count < 50; count++) {
      const { status } = await exchange({ method: 'POST', url: `${origin}/v2/infra/balancer/blobs/uploads/` })
      assertEqual(status, 202, 'the status of POST')
    }
    await arrangement.restart(replica)
  })
}

/** Sends the beginning of a body that announces twice as much, and hangs up once it is out. */
function sendHalf(url: string, half: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const message = request(url, { method: 'PATCH', headers: { 'content-length': String(half.length * 2) } })
    message.on('error', () => {})
    message.once('close', resolve)
    message.write(half, () => setTimeout(() => message.destroy(), 500))
  })
}

function lastByte(range: string): number {
  return Number(/^0-(\d+)$/.exec(range)?.[1])
}
