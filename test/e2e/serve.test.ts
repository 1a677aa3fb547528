/**
 * `serve` as a process: what it prints, how it stops, and what keeps it from starting.
 * @module
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { makeImage } from '@tsreg/testkit'
import { bundleCli, type Cli, openCli, type RunOptions } from './cli.ts'
import { startTestRegistry, writeLayout, writeUsers } from './registry.ts'

let bundle: ReturnType<typeof bundleCli>
beforeAll(() => {
  bundle = bundleCli()
})
afterAll(() => bundle.remove())

let cli: Cli
const servers: ChildProcess[] = []
beforeEach(async () => {
  cli = await openCli(bundle.main)
})
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if (server.exitCode !== null || server.signalCode !== null) continue
    server.kill('SIGKILL')
    await once(server, 'close')
  }
  await cli[Symbol.asyncDispose]()
})

interface Serving {
  readonly server: ChildProcess
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** Every line of standard output up to and including the one that says where it listens. */
  readonly lines: readonly string[]
}

/** Starts `serve` on a free port and waits for the log line that says so. */
async function serve(options: RunOptions, ...words: readonly string[]): Promise<Serving> {
  const server = cli.start(options, 'serve', '--listen', '127.0.0.1:0', ...words)
  servers.push(server)
  const lines: string[] = []
  const { stdout, stderr } = server
  if (stdout === null || stderr === null) throw new Error('no pipes')
  const errors = text(stderr)
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line)
    const url = /"url":"http:\/\/([^"]+)".*"msg":"listening"/.exec(line)?.[1]
    if (url === undefined) continue
    stdout.resume()
    return { server, host: url, lines }
  }
  throw new Error(`serve ended: ${lines.join('\n')}${await errors}`)
}

async function stop({ server }: Serving, signal: NodeJS.Signals): Promise<number | null> {
  server.kill(signal)
  await once(server, 'exit')
  return server.exitCode
}

describe('serve', () => {
  test('keeps what was pushed in its directory over a restart', async () => {
    await writeLayout(cli.directory.join('layout'), { v1: makeImage({ seed: 51 }) })
    const first = await serve({}, '--storage', 'file:data')
    expect(await cli.run('push', 'oci:layout:v1', `${first.host}/app:v1`)).toMatchObject({ code: 0 })
    expect(await stop(first, 'SIGTERM')).toBe(0)
    const second = await serve({}, '--storage', 'file:data')
    expect(await cli.run('pull', '-q', `${second.host}/app:v1`)).toMatchObject({ code: 0 })
    expect(await stop(second, 'SIGINT')).toBe(0)
  })

  test('started by npm start says what to type next', async () => {
    const env = { npm_lifecycle_event: 'start' }
    const server = cli.start({ env }, 'serve', '--listen', '127.0.0.1:0', '--storage', 'memory:')
    servers.push(server)
    if (server.stdout === null) throw new Error('no pipe')
    // It comes behind the line that says where it listens: whoever stops it in between gets none.
    let output = ''
    for await (const chunk of server.stdout) {
      output += chunk
      if (output.includes('./tsreg images')) break
    }
    const [, port] = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(output) ?? []
    expect(output).toContain(`export TSREG_REGISTRY=localhost:${port}`)
  })

  test('started by others prints only its log, one JSON document per line', async () => {
    const { lines } = await serve({}, '--storage', 'memory:')
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('takes settings from a file, the environment and flags, the latter first', async () => {
    await writeFile(cli.directory.join('tsreg.json'), '{"storage":"memory:","logLevel":"silent","realm":"from file"}')
    await writeUsers(cli.directory.join('users'))
    const env = { TSREG_LOG_LEVEL: 'error', TSREG_HTPASSWD: 'users' }
    const { host } = await serve({ env }, '--config', 'tsreg.json', '--log-level', 'info')
    const response = await fetch(`http://${host}/v2/`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('from file')
  })
})

describe('serve does not start', () => {
  test('on a port that another one has', async () => {
    await using other = await startTestRegistry()
    const { code, stderr } = await cli.run('serve', '--storage', 'memory:', '--listen', other.host)
    expect(code).toBe(8)
    expect(stderr).toContain(`${other.host} is in use`)
  })

  test('on a directory that another one has, which goes on undisturbed', async () => {
    const first = await serve({}, '--storage', 'file:data')
    const { code, stderr } = await cli.run('serve', '--storage', 'file:data', '--listen', '127.0.0.1:0')
    expect(code).toBe(8)
    expect(stderr).toContain(`in use by process ${first.server.pid}`)
    expect(await cli.run('repos', first.host)).toMatchObject({ code: 0 })
  })

  test('on a directory of something else', async () => {
    await writeFile(cli.directory.join('precious'), 'text')
    const { code, stderr } = await cli.run('serve', '--storage', `file:${cli.directory.path}`)
    expect(code).toBe(10)
    expect(stderr).toContain('precious')
  })

  test.each([
    [['--storage', 'ftp://x'], 'ftp://x'],
    [['--listen', '0.0.0.0:0', '--storage', 'memory:'], 'without authentication'],
    [['--listen', 'nowhere'], 'HOST:PORT'],
    [['--tls-cert', 'cert.pem'], 'tlsKey'],
    [['--htpasswd', 'missing', '--storage', 'memory:'], 'missing'],
    [['--max-page-size', 'many'], '--max-page-size'],
    [['--config', 'missing.json'], 'missing.json'],
    [['--storge', 'memory:'], 'Did you mean --storage?'],
  ])('with %j', async (words, message) => {
    const { code, stdout, stderr } = await cli.run('serve', ...words)
    expect([2, 3]).toContain(code)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
    expect(stdout).toBe('')
  })

  test('with a setting in the environment that does not exist', async () => {
    const { code, stderr } = await cli.runWith({ env: { TSREG_LISTN: ':0' } }, 'serve')
    expect(code).toBe(2)
    expect(stderr).toContain('TSREG_LISTEN')
  })
})
