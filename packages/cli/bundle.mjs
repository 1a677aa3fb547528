/**
 * Bundles the command and the workers it starts into `dist/bundle/`, flat: every output file lies beside the others, so
 * that `new URL('./writer-worker.js', import.meta.url)` means the same in a chunk as it does in the sources.
 * Splitting keeps what a verb loads lazily out of the files that every verb loads.
 *
 *   node bundle.mjs [DIRECTORY]      default dist/bundle
 * @module
 */
import { globSync, rmSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { build } from 'esbuild'
import { agentsOfUndici, builtinsByCall, deferFunctions, localModulesAsOne } from './bundle-parts.mjs'

const here = import.meta.dirname
const outdir = resolve(here, process.argv[2] ?? 'dist/bundle')

rmSync(outdir, { recursive: true, force: true })

const settings = {
  absWorkingDir: here,
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  // Node 26 runs all that the sources are written in; a named target would lower `await using`.
  target: 'esnext',
  conditions: ['source'],
  entryNames: '[name]',
  chunkNames: 'chunk-[hash]',
  // Native addons cannot be bundled; they are found in node_modules from the bundle's place.
  external: ['bcrypt'],
  plugins: [deferFunctions, agentsOfUndici, builtinsByCall, localModulesAsOne],
  // CommonJS dependencies call require() for Node's own modules, which an ES module does not have.
  banner: {
    js: `import { createRequire as tsregCreateRequire } from 'node:module'; const require = tsregCreateRequire(import.meta.url);`,
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  sourcemap: false,
  logLevel: 'warning',
  metafile: false,
}

await build({ ...settings, entryPoints: [{ in: 'src/main.ts', out: 'main' }], splitting: true })
// A thread shares nothing with the others, and starts sooner from one file.
await build({ ...settings, entryPoints: workers() })

/** Each worker thread of the packages below is an entry of its own: `x-worker.ts` becomes `x-worker.js`. */
function workers() {
  const sources = globSync('../*/src/**/*-worker.ts', { cwd: here, exclude: (name) => name === 'testing' }).sort()
  const names = new Set()
  return sources.map((source) => {
    const name = basename(source, '.ts')
    if (names.has(name)) throw new Error(`two workers are called ${name}; the bundle is flat, rename one`)
    names.add(name)
    return { in: source, out: name }
  })
}
