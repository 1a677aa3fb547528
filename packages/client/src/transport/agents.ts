/**
 * The two kinds of undici agents, in a module of their own: loaded with the first request. A dynamic import of undici
 * itself has no named exports once it is bundled, because it is CommonJS.
 * @module
 */
export { Agent, EnvHttpProxyAgent } from 'undici'
