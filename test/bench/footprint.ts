/**
 * Our own bounds: time to serve, memory idle and per upload under way, time of `tsreg version`.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { timed } from './client.ts'
import { blob, pushBlob } from './content.ts'
import { residentMb } from './processes.ts'
import { type StartOptions, startServer } from './servers.ts'
import { median } from './statistics.ts'

export interface Bound {
  readonly name: string
  readonly unit: string
  readonly value: number
  readonly bound: number
}

const uploads = 16

export async function footprint(start: Omit<StartOptions, 'logs'>, repeats: number): Promise<readonly Bound[]> {
  const ready: number[] = []
  const idle: number[] = []
  const perUpload: number[] = []
  const version: number[] = []
  for (let i = 0; i < repeats; i++) {
    const server = await startServer('tsreg', { ...start, logs: false })
    ready.push(server.readyMs)
    await sleep(1500)
    const before = residentMb(server.pid)
    idle.push(before)
    perUpload.push(((await peakWhileUploading(server.port, server.pid)) - before) / uploads)
    await server.stop()
    rmSync(server.directory, { recursive: true, force: true })
    version.push((await timed([join(start.checkout, 'tsreg'), 'version'])).wallSeconds * 1000)
  }
  return [
    { name: 'ready to serve', unit: 'ms', value: median(ready), bound: 250 },
    { name: 'memory idle', unit: 'MB', value: median(idle), bound: 100 },
    { name: `memory per additional upload (of ${uploads})`, unit: 'MB', value: median(perUpload), bound: 16 },
    { name: 'tsreg version', unit: 'ms', value: median(version), bound: 120 },
  ]
}

async function peakWhileUploading(port: number, pid: number): Promise<number> {
  const body = randomBytes(48 * 1024 * 1024)
  let running = true
  let peak = 0
  const watching = (async () => {
    while (running) {
      peak = Math.max(peak, residentMb(pid))
      await sleep(20)
    }
  })()
  const pushes = Array.from({ length: uploads }, () => {
    const head = randomBytes(32)
    const whole = blob(Buffer.concat([head, body]))
    return pushBlob(port, 'bench/uploads', { digest: whole.digest, bytes: body }, head)
  })
  await Promise.all(pushes)
  running = false
  await watching
  return peak
}
