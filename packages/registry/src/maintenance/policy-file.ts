/**
 * Retention policies as files: YAML or JSON, checked before anything is done with them.
 *
 * ```yaml
 * rules:
 *   - tags: [latest, 'v*']
 *     keep: true
 *   - repositories: ['ci/**']
 *     keepLast: 10
 *     olderThan: 30d
 * ```
 * @module
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { RetentionPolicy } from '@tsreg/storage'
import * as z from 'zod'
import { nearestName } from '../config/nearest-name.ts'
import { StartError } from '../config/start-error.ts'
import { parseDuration } from './duration.ts'

/** A larger file is not read. */
const maxPolicyBytes = 256 * 1024

const pattern = (characters: RegExp, of: string) =>
  z
    .array(z.string().min(1).max(255).regex(characters, `not a pattern of ${of}`))
    .min(1)
    .max(200)

const ruleSchema = z
  .strictObject({
    repositories: pattern(/^[a-z0-9._/*?-]+$/, 'repositories: lower-case letters, digits, ./_- and the stars * ** ?'),
    tags: pattern(/^[A-Za-z0-9._*?-]+$/, 'tags: letters, digits, ._- and the stars * ?'),
    keep: z.literal(true, 'only true can be said; leave it out where the rule lets tags go'),
    keepLast: z.number().int().min(1).max(10_000),
    olderThan: z
      .string()
      .transform((text) => parseDuration(text) ?? Number.NaN)
      .refine((ms) => ms > 0, 'a length of time such as 30d, 12h or 1d12h'),
  })
  .partial()
  .superRefine(({ keep, keepLast, olderThan }, context) => {
    const limits = [keepLast, olderThan].filter((limit) => limit !== undefined).length
    if (keep === undefined && limits === 0) {
      context.addIssue('the rule says neither keep nor keepLast nor olderThan')
    } else if (keep !== undefined && limits > 0) {
      context.addIssue('keep: true keeps every tag of the rule; keepLast and olderThan do not go with it')
    }
  })
  .transform(({ olderThan, ...rule }) => ({ ...rule, olderThanMs: olderThan }))

const policySchema = z.strictObject({ rules: z.array(ruleSchema).min(1).max(500) })

/** @throws StartError CONFIG_INVALID naming the file, the place in it, and what is allowed there */
export async function readPolicyFile(name: string): Promise<RetentionPolicy> {
  return await parsePolicy(await readBounded(name), name)
}

/** @param name of the file, for messages */
export async function parsePolicy(text: string, name: string): Promise<RetentionPolicy> {
  const content = await parseYaml(text, name)
  const result = policySchema.safeParse(content)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(name, issue === undefined ? 'it is not a policy' : messageOf(issue))
}

async function parseYaml(text: string, name: string): Promise<unknown> {
  const { parseDocument } = await import('./yaml.ts')
  const document = parseDocument(text, { strict: true, uniqueKeys: true, logLevel: 'silent', prettyErrors: true })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) throw invalid(name, `it is not YAML: ${firstLine(problem.message)}`, problem)
  try {
    // A few aliases are a help, thousands of them in each other are an attack.
    return document.toJS({ maxAliasCount: 50 })
  } catch (cause) {
    throw invalid(name, firstLine((cause as Error).message), cause)
  }
}

function messageOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  const place = path === '' ? '' : `${path.replace(/^\./, '')}: `
  if (issue.code !== 'unrecognized_keys') return `${place}${firstLine(issue.message)}`
  const known = issue.path.length === 0 ? ['rules'] : ['repositories', 'tags', 'keep', 'keepLast', 'olderThan']
  const key = issue.keys[0] ?? ''
  const nearest = nearestName(key, known)
  const advice = nearest === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${nearest}?`
  return `${place}unknown key ${JSON.stringify(key.slice(0, 100))}${advice}`
}

async function readBounded(name: string): Promise<string> {
  try {
    // Pipes and devices may never end, nor begin; and a policy is read again by the schedule.
    await using file = await open(name, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await file.stat()).isFile()) throw invalid(name, 'it is not a regular file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxPolicyBytes + 1), 0, maxPolicyBytes + 1, 0)
    if (bytesRead > maxPolicyBytes) throw invalid(name, `it has more than ${maxPolicyBytes} bytes`)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    throw invalid(name, `it cannot be read: ${(cause as Error).message}`, cause)
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300)
}

function invalid(name: string, why: string, cause?: unknown): StartError {
  return new StartError('CONFIG_INVALID', `retention policy ${name}: ${why}`, { setting: 'retentionPolicy', cause })
}
