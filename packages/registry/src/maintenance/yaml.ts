/**
 * The parser of YAML, in a module of its own: who reads a policy loads it, and nobody else.
 * @module
 */
export { parseDocument } from 'yaml'
