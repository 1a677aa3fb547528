/**
 * The image of infra/registry.Dockerfile, built by tsreg on bases of its own making under the names that the file gives,
 * and run: as nobody, on a file system it cannot write to. Needs root, and the package registry that `npm ci` asks.
 * @module
 */

import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { debianLayout } from '../bases/debian.ts'
import { layoutTag } from '../bases/layout.ts'
import { startChild } from '../harness/children.ts'
import { run } from '../harness/command.ts'
import { exchange } from '../harness/exchange.ts'
import { writeHtpasswd } from '../harness/htpasswd.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { freePort, startServer, untilReady } from '../harness/server.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { dockerfilePath } from './check-image.ts'

/** @param image the name that the compose file gives it */
export async function checkImageBuild(context: SuiteContext, image: string): Promise<void> {
  const { report } = context
  const directory = join(context.directory, 'image')
  await mkdir(directory)
  report.section(`${dockerfilePath}, built and run`)
  const server = await startServer({ kind: 'tsreg', directory: join(directory, 'registry') })
  const env = {
    ...process.env,
    TSREG_HOME: join(directory, 'home'),
    TSREG_REGISTRY: server.host,
    DOCKER_CONFIG: join(directory, 'docker'),
  }
  const tsreg = (...args: readonly string[]) =>
    run([join(repositoryRoot, 'tsreg'), ...args], { env, timeoutMs: 1_200_000 })
  try {
    await tsreg('push', `oci:${await debianLayout()}:${layoutTag}`, 'debian:base')
    await makeBases(directory, tsreg)
    await report.check('it is built', async () => {
      const from = await cleanCheckout(join(directory, 'checkout'))
      await tsreg('build', '--progress=plain', '--tag', image, '--file', join(from, dockerfilePath), from)
    })
    await report.check('it runs the command of this checkout', async () => {
      const [inside, outside] = [await tsreg('run', '--rm', '--read-only', image, 'version'), await tsreg('version')]
      assertEqual(inside, outside, 'its version')
    })
    await report.check('it serves as nobody, reads users, and writes to no file system', async () => {
      await serveInside(image, join(directory, 'serving'), env)
    })
  } finally {
    await server.stop()
  }
}

type Tsreg = (...args: readonly string[]) => Promise<string>

/** A Debian with Node and npm, and one with neither, in place of what cannot be pulled everywhere. */
async function makeBases(directory: string, tsreg: Tsreg): Promise<void> {
  const base = join(directory, 'base')
  await mkdir(base)
  await copyFile(process.execPath, join(base, 'node'))
  // npm says where it lies to what it runs, as `npm-cli.js` in `bin`.
  const npm = dirname(dirname(process.env.npm_execpath ?? ''))
  await cp(npm, join(base, 'npm'), { recursive: true })
  const atomics = /\S*libatomic\.so\.1 => (\S+)/.exec(await run(['ldd', process.execPath]))?.[1] ?? ''
  await copyFile(atomics, join(base, 'libatomic.so.1'))
  await copyFile('/etc/ssl/certs/ca-certificates.crt', join(base, 'ca.crt'))
  const registry = await run(['npm', 'config', 'get', 'registry'])
  await writeFile(join(base, 'npmrc'), `registry=${registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\n`)
  const dockerfile = [
    'FROM debian:base',
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    'COPY node /usr/local/bin/node',
    `COPY libatomic.so.1 ${atomics}`,
    'COPY npm /usr/local/lib/node_modules/npm',
    'COPY npmrc /usr/local/etc/npmrc',
    'COPY ca.crt /etc/ssl/certs/ca-certificates.crt',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    '',
  ]
  await writeFile(join(base, 'Dockerfile'), dockerfile.join('\n'))
  const { devDependencies } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8'))
  await tsreg('build', '--progress=plain', '--tag', `node:${devDependencies.node}-bookworm-slim`, base)
  const runtime = join(directory, 'runtime')
  await mkdir(runtime)
  await writeFile(join(runtime, 'Dockerfile'), 'FROM debian:base\nUSER 65532:65532\n')
  await tsreg('build', '--progress=plain', '--tag', 'gcr.io/distroless/cc-debian12:nonroot', runtime)
}

/** What git has, as a person who builds the image gets it. */
async function cleanCheckout(directory: string): Promise<string> {
  await mkdir(directory)
  const files = await run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], { cwd: repositoryRoot })
  for (const name of files.split('\n')) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await cp(join(repositoryRoot, name), join(directory, name), { verbatimSymlinks: true })
  }
  return directory
}

async function serveInside(image: string, directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(directory)
  const user = { username: 'alice', password: 'a password of the suite' }
  await writeHtpasswd(join(directory, 'users'), [user])
  await run(['chmod', '755', directory])
  await run(['chmod', '644', join(directory, 'users')])
  const port = await freePort()
  const settings = ['--listen', `127.0.0.1:${port}`, '--storage', 'memory:', '--htpasswd', '/etc/tsreg/users']
  const options = ['--rm', '--read-only', '--volume', `${directory}:/etc/tsreg:ro`]
  const command = [join(repositoryRoot, 'tsreg'), 'run', ...options, image, 'serve', ...settings]
  const child = startChild(command, { log: `${directory}.log`, env })
  try {
    const origin = `http://127.0.0.1:${port}`
    await untilReady(child, `${origin}/readyz`, 60_000)
    const authorization = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
    const { status } = await exchange({ method: 'GET', url: `${origin}/v2/`, headers: { authorization } })
    assertEqual(status, 200, 'the status of /v2/ with a password')
    const owner = await run(['ps', '-eo', 'uid,args'])
    const line = owner.split('\n').find((text) => text.includes(String(port)) && text.includes('/app/bundle/main.js'))
    assertThat(/^\s*65532 /.test(line ?? ''), `the process is ${line}`)
  } finally {
    await child.end('SIGTERM')
  }
}
