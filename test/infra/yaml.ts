/**
 * YAML as JSON values, by yq of Debian: the suites bring no parser of their own.
 * @module
 */

import { run } from '../harness/command.ts'
import { toolPath } from '../harness/tools.ts'

/** The documents of a text, in their order; empty ones are left out. */
export async function parseYaml<T>(text: string): Promise<readonly T[]> {
  const documents: readonly (T | null)[] = JSON.parse(await run([toolPath('yq'), '--slurp', '.'], { input: text }))
  return documents.flatMap((document) => document ?? [])
}

/** The only document of a text. @throws Error when there are several or none */
export async function parseYamlDocument<T>(text: string): Promise<T> {
  const [document, ...more] = await parseYaml<T>(text)
  if (document === undefined || more.length > 0) throw new Error(`${more.length + 1} YAML documents in place of one`)
  return document
}
