/**
 * `tsreg version`
 * @module
 */
import type { Command } from 'commander'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { productVersion } from '../product-version.ts'
import { type JsonFlag, verb, withJson } from '../verb.ts'

export function version({ stdout }: Invocation): Command {
  const command = verb('version', 'Show the version of tsreg and what it runs on', [
    ['tsreg version', 'For people'],
    ['tsreg version --json', 'For scripts'],
  ])
  return withJson(command).action(async ({ json }: JsonFlag) => {
    const facts = { version: productVersion, node: process.version, platform: `${process.platform}/${process.arch}` }
    if (json) return printJson(stdout, facts)
    return print(stdout, `tsreg ${facts.version} (node ${facts.node}, ${facts.platform})\n`)
  })
}
