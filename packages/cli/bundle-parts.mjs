/**
 * Parts of Node and of dependencies that the command does not pay for at every start: esbuild plugins for the bundle.
 * @module
 */
import { builtinModules } from 'node:module'
import { join } from 'node:path'

/**
 * Node's own modules, asked for by a call. An import statement has Node read every property of the module, and some of them
 * load other modules or open something: `process.stdin`, the streams and promises of `fs`.
 */
export const builtinsByCall = {
  name: 'builtins-by-call',
  setup(build) {
    build.onResolve({ filter: /^[a-z]|^node:/ }, ({ path, kind, namespace }) => {
      if (kind !== 'import-statement' || namespace === 'builtin') return undefined
      const name = path.replace(/^node:/, '')
      const isBuiltin = path.startsWith('node:') || builtinModules.includes(name)
      return isBuiltin ? { path: name, namespace: 'builtin', sideEffects: false } : undefined
    })
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({ contents: builtinSource(`node:${path}`) }))
  },
}

/** One export for each property; those that nobody imports are left out of the bundle. */
function builtinSource(name) {
  const names = Object.keys(process.getBuiltinModule(name)).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key))
  return [
    `const builtin = process.getBuiltinModule('${name}')`,
    'const property = (name) => builtin[name]',
    'export default builtin',
    ...names.map((key, at) => `const p${at} = /* @__PURE__ */ property('${key}'); export { p${at} as ${key} }`),
  ].join('\n')
}

/**
 * What the verbs for images and containers load, loaded as one: each dynamic import is an entry of the bundle, and what two
 * of them have in common becomes a file of its own. Node spends more time on finding many small files than on reading one.
 * No two of them export the same name, which `bundle-parts.test.ts` checks.
 */
export const localModules = [
  ...['@tsreg/oci', '@tsreg/oci/image', '@tsreg/image', '@tsreg/image/snapshot', '@tsreg/runtime'],
  ...['errors', 'invocation', 'container-image', 'foreground/attach-to', 'foreground/attend', 'foreground/signals'].map(
    (name) => join(import.meta.dirname, 'src', `${name}.ts`),
  ),
]

export const localModulesAsOne = {
  name: 'local-modules-as-one',
  setup(build) {
    build.onResolve({ filter: /^@tsreg\/|^\./ }, ({ path, kind, resolveDir }) => {
      const name = path.startsWith('.') ? join(resolveDir, path) : path
      const isLocal = kind === 'dynamic-import' && localModules.includes(name)
      return isLocal ? { path: 'local', namespace: 'local' } : undefined
    })
    build.onLoad({ filter: /./, namespace: 'local' }, () => ({
      contents: localModules.map((name) => `export * from '${name}'`).join('\n'),
      resolveDir: import.meta.dirname,
    }))
  },
}

/**
 * Functions of CommonJS packages, each package loaded when the first of them is called. express requires the parsers of
 * request bodies and the table of all media types, 40 ms of every start, and a registry calls none of them.
 */
const deferred = {
  'body-parser': ['json', 'raw', 'text', 'urlencoded'],
  'mime-types': ['contentType', 'lookup'],
  qs: ['parse'],
}

export const deferFunctions = {
  name: 'defer-functions',
  setup(build) {
    const filter = new RegExp(`^(?:${Object.keys(deferred).join('|')})$`)
    build.onResolve({ filter }, ({ path, namespace, resolveDir }) =>
      namespace === 'deferred' ? undefined : { path, namespace: 'deferred', pluginData: resolveDir },
    )
    build.onLoad({ filter, namespace: 'deferred' }, ({ path, pluginData }) => ({
      contents: deferred[path]
        .map((name) => `exports.${name} = (...values) => require('${path}').${name}(...values)`)
        .join('\n'),
      resolveDir: pluginData,
    }))
  },
}

/** undici without fetch, WebSocket, caches and mocks: what `packages/client/src/transport/agents.ts` names. */
export const agentsOfUndici = {
  name: 'agents-of-undici',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: 'agents',
      pluginData: resolveDir,
    }))
    build.onLoad({ filter: /^undici$/, namespace: 'agents' }, ({ pluginData }) => ({
      contents: `
        Object.assign(require('undici/lib/dispatcher/dispatcher').prototype, require('undici/lib/api'))
        exports.Agent = require('undici/lib/dispatcher/agent')
        exports.EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent')
      `,
      resolveDir: pluginData,
    }))
  },
}

/** For the prepared command: what is loaded on demand and is not among the local modules is the whole command's. */
export const wholeOnDemand = {
  name: 'whole-on-demand',
  setup(build) {
    build.onResolve({ filter: /^@tsreg\/|^\./ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const isLocal = localModules.includes(path.startsWith('.') ? join(resolveDir, path) : path)
      return isLocal ? undefined : { path, namespace: 'whole' }
    })
    build.onLoad({ filter: /./, namespace: 'whole' }, () => ({
      contents: "import { handOver } from './src/hand-over.ts'\nhandOver()",
      resolveDir: import.meta.dirname,
    }))
  },
}
