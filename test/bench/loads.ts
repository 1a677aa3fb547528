/**
 * The loads: each runs against one server for a moment and says how much work was done. CPU time is read around it.
 * @module
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { type Blob, type Content, manifestType, pushBlob, type Seeded } from './content.ts'
import type { BenchServer } from './servers.ts'

/** Work done, in the unit of its line (requests, MB). */
export type Load = (server: BenchServer, seeded: Seeded, content: Content) => Promise<number>

/** Requests of 32 keep-alive connections for some seconds. */
export function getManifest(seconds: number): Load {
  return (server, { manifestPath }) => getForSeconds(server, manifestPath, seconds)
}

/** As {@link getManifest}, of any manifest's path. */
export async function getForSeconds(server: BenchServer, path: string, seconds: number): Promise<number> {
  const output = await run('wrk', [
    ...['-t1', '-c32', `-d${seconds}s`, '-H', `Accept: ${manifestType}`, url(server, path)],
  ])
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1]
  if (bad) throw new Error(`${server.name}: ${bad} bad responses`)
  return Number(/(\d+) requests in/.exec(output)?.[1])
}

/** wrk waits for the body that a HEAD announces, so ab. */
export function headBlob(requests: number): Load {
  return async (server, { smallBlobPath }) => {
    const output = await run('ab', ['-q', '-i', '-k', '-c', '32', '-n', String(requests), url(server, smallBlobPath)])
    if (/Non-2xx responses/.test(output)) throw new Error(`${server.name}: bad responses\n${output}`)
    return Number(/Complete requests:\s+(\d+)/.exec(output)?.[1])
  }
}

/** `times` downloads by each of four parallel clients; MB. */
export function getBlob(which: 'hotBlobPath' | 'largeBlobPath', times: number): Load {
  return async (server, seeded, content) => {
    const size = (which === 'hotBlobPath' ? content.hot : content.large).bytes.byteLength
    const urls = Array.from({ length: times }, () => ['-o', '/dev/null', url(server, seeded[which])]).flat()
    const outputs = await Promise.all(
      Array.from({ length: 4 }, () => run('curl', ['-s', '-S', '-f', '-w', '%{size_download}\n', ...urls])),
    )
    const received = outputs.flatMap((output) => output.trim().split('\n').map(Number)).reduce((a, b) => a + b, 0)
    if (received !== size * times * 4)
      throw new Error(`${server.name}: received ${received} of ${size * times * 4} bytes`)
    return received / 1e6
  }
}

/** New content on each call: the same bytes behind a fresh head, so that nothing is there already. */
export function push(streams: number, sizeMiB: number): Load {
  const body = randomBytes(sizeMiB * 1024 * 1024 - 64)
  return async (server) => {
    if (server.name === 'nginx') return Number.NaN
    const pushes = Array.from({ length: streams }, () => {
      const head = randomBytes(64)
      const digest = `sha256:${createHash('sha256').update(head).update(body).digest('hex')}`
      const content: Blob = { digest, bytes: body }
      return () => pushBlob(server.port, 'bench/push', content, head)
    })
    await Promise.all(pushes.map((start) => start()))
    return (streams * sizeMiB * 1024 * 1024) / 1e6
  }
}

export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000)
    })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${command} ended with ${code}: ${errors || output.slice(-500)}`)),
    )
  })
}

function url(server: BenchServer, path: string): string {
  return `http://127.0.0.1:${server.port}${path}`
}
