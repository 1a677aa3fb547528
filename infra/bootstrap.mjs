/**
 * Brings a checkout to the state in which `./tsreg` and the tests run: installs when the lock file changed, builds when
 * a source changed, else does nothing. Plain JavaScript for the Node 20 that a machine may have; everything after it
 * runs on the Node 26 that the install brings.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const installedStamp = join(root, 'node_modules', '.tsreg-installed')
const builtStamp = join(root, '.cache', 'built')

const lock = hashOf(readFileSync(join(root, 'package-lock.json')))
if (stampOf(installedStamp) !== lock) {
  step('installing', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(installedStamp, lock)
}

const sources = fingerprint()
if (stampOf(builtStamp) !== sources || !existsSync(join(root, 'packages/cli/dist/bundle/main.js'))) {
  step('building', 'npm', ['run', '--silent', 'build'])
  mkdirSync(dirname(builtStamp), { recursive: true })
  writeFileSync(builtStamp, fingerprint())
}

function step(what, command, args) {
  process.stderr.write(`tsreg: ${what} ...\n`)
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
  // npm's own variables of the outer `npm start` would be taken for settings of the inner one.
  for (const name of Object.keys(env)) if (name.startsWith('npm_')) delete env[name]
  // The output goes to stderr: the standard output belongs to the command that follows.
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  process.stderr.write(`tsreg: ${what} failed${error ? `: ${error.message}` : ''}; the output above says why\n`)
  process.exit(status || 1)
}

/** Names, sizes and times of everything the build reads; a build changes none of them. */
function fingerprint() {
  const hash = createHash('sha256').update(lock)
  for (const file of ['tsconfig.base.json', 'tsconfig.json', 'turbo.json']) note(join(root, file))
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const folder = join(root, 'packages', name)
    for (const file of readdirSync(folder).sort()) if (/\.(json|mjs)$/.test(file)) note(join(folder, file))
    walk(join(folder, 'src'))
  }
  return hash.digest('hex')

  function walk(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else note(path)
    }
  }
  function note(path) {
    const { size, mtimeMs } = statSync(path)
    hash.update(`${path}\0${size}\0${mtimeMs}\n`)
  }
}

function stampOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function hashOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
