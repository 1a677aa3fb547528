/**
 * The client's `config.json`, checked.
 * @module
 */
import { isRegistryHost, suggest } from '@tsreg/oci'
import * as z from 'zod'
import { CliError } from './errors.ts'

const hosts = z.array(z.string().refine(isRegistryHost, 'not a registry host; write HOST or HOST:PORT')).optional()
const fileSchema = z.strictObject({
  registry: z.string().refine(isRegistryHost, 'not a registry host; write HOST or HOST:PORT').optional(),
  plainHttp: hosts,
  insecure: hosts,
})

/** What the file may hold. */
export type ConfigFile = z.output<typeof fileSchema>

/** @throws CliError CONFIG_INVALID naming the file, the setting and what is allowed. */
export function parseConfigFile(text: string, path: string): ConfigFile {
  const result = fileSchema.safeParse(parseJson(text, path))
  if (result.success) return result.data
  throw new CliError('CONFIG_INVALID', `${path}: ${explain(result.error.issues[0])}`)
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CliError('CONFIG_INVALID', `${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
}

function explain(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'unrecognized_keys') return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`
  const key = issue.keys[0] ?? ''
  const known = Object.keys(fileSchema.shape)
  const nearest = suggest(key, known)
  return `unknown setting "${key}"; ${nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`}`
}
