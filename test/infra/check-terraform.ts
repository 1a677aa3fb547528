/**
 * infra/terraform, parsed by HashiCorp's own parser: what is referred to exists, the bucket is closed, and the policy
 * names each action.
 * @module
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../harness/command.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'

/** A block as hcl2json writes it: nested blocks are lists, expressions are `${...}`. */
type Block = Readonly<Record<string, unknown>>

interface Configuration {
  readonly variable: Readonly<Record<string, readonly Block[]>>
  readonly resource: Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>
  readonly data: Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>
  readonly locals: readonly Block[]
  readonly output: Readonly<Record<string, readonly Block[]>>
}

export async function checkTerraform({ report }: SuiteContext): Promise<void> {
  report.section('infra/terraform')
  const configuration = await readConfiguration(join(repositoryRoot, 'infra/terraform'))
  const { resource, variable, output } = configuration
  const resources = Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((n) => `${type}.${n}`))
  await report.check('its files parse', () => `${resources.length} resources`)
  await report.check('everything it refers to is declared, and every variable is used', () => {
    const declared = declarationsOf(configuration)
    const references = referencesIn(JSON.stringify(configuration))
    const unknown = [...references].filter((reference) => !declared.has(reference))
    assertEqual(unknown.join(), '', 'what is not declared')
    const unused = Object.keys(variable).filter((name) => !references.has(`var.${name}`) && name !== 'tags')
    assertEqual(unused.join(), '', 'the variables that nothing uses')
  })
  await report.check('variables and outputs say what they are', () => {
    for (const [name, [block]] of [...Object.entries(variable), ...Object.entries(output)]) {
      assertThat(typeof block?.description === 'string', `${name} has no description`)
    }
  })
  await report.check('the bucket is private, encrypted, and not destroyed by mistake', () => {
    const access = only(resource, 'aws_s3_bucket_public_access_block')
    for (const [name, value] of Object.entries(access)) if (name !== 'bucket') assertEqual(value, true, name)
    assertEqual(Object.keys(access).length, 5, 'the settings of public access')
    const bucket = only(resource, 'aws_s3_bucket')
    assertEqual(inner(bucket, 'lifecycle').prevent_destroy, true, 'prevent_destroy')
    const rule = inner(only(resource, 'aws_s3_bucket_server_side_encryption_configuration'), 'rule')
    const { sse_algorithm } = inner(rule, 'apply_server_side_encryption_by_default')
    assertThat(String(sse_algorithm).includes('AES256'), 'there is no encryption without a key of KMS')
  })
  await report.check('uploads that nobody ended go, current objects never', () => {
    const rules = blocks(only(resource, 'aws_s3_bucket_lifecycle_configuration'), 'rule')
    const incomplete = rules.flatMap((rule) => blocks(rule, 'abort_incomplete_multipart_upload'))
    assertEqual(incomplete.length, 1, 'the rules for incomplete uploads')
    for (const rule of rules) {
      assertEqual(blocks(rule, 'filter').length, 1, 'the filters of a rule')
      assertEqual(blocks(rule, 'transition').length, 0, 'the moves to another class')
      for (const expiration of blocks(rule, 'expiration')) {
        assertEqual(Object.keys(expiration).join(), 'expired_object_delete_marker', 'what expires')
      }
    }
  })
  await report.check('every statement that allows something names its actions and its resources', () => {
    const documents = Object.values(configuration.data.aws_iam_policy_document ?? {}).flat()
    const statements = documents.flatMap((document) => blocks(document, 'statement'))
    const allowing = statements.filter(({ effect }) => effect !== 'Deny')
    assertThat(allowing.length >= 3, `${allowing.length} statements`)
    for (const { actions } of allowing) assertThat(!String(actions).includes('*'), `a statement allows ${actions}`)
    const { registry = [] } = configuration.data.aws_iam_policy_document ?? {}
    for (const { resources } of registry.flatMap((document) => blocks(document, 'statement'))) {
      assertThat(/^\$\{aws_s3_bucket\.registry\.arn\}/.test(String(resources)), `a statement is about ${resources}`)
    }
  })
}

async function readConfiguration(directory: string): Promise<Configuration> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.tf')).toSorted()
  const merged = { variable: {}, resource: {}, data: {}, locals: [] as Block[], output: {} }
  for (const name of names) {
    const file: Partial<Configuration> = JSON.parse(await run([toolPath('hcl2json'), join(directory, name)]))
    Object.assign(merged.variable, file.variable)
    Object.assign(merged.output, file.output)
    merged.locals.push(...(file.locals ?? []))
    for (const kind of ['resource', 'data'] as const) {
      const all: Record<string, object> = merged[kind]
      for (const [type, named] of Object.entries(file[kind] ?? {})) all[type] = { ...all[type], ...named }
    }
  }
  return merged
}

/** `var.x`, `local.x`, `type.name`, `data.type.name` of all that is declared. */
function declarationsOf({ variable, resource, data, locals }: Configuration): ReadonlySet<string> {
  const namesIn = (prefix: string, kinds: Configuration['resource']) =>
    Object.entries(kinds).flatMap(([type, named]) => Object.keys(named).map((name) => `${prefix}${type}.${name}`))
  return new Set([
    ...Object.keys(variable).map((name) => `var.${name}`),
    ...locals.flatMap((block) => Object.keys(block)).map((name) => `local.${name}`),
    ...namesIn('', resource),
    ...namesIn('data.', data),
  ])
}

function referencesIn(text: string): ReadonlySet<string> {
  const pattern = /\b(?<!\.)(?:var\.\w+|local\.\w+|data\.aws_\w+\.\w+|aws_\w+\.\w+)/g
  return new Set([...text.matchAll(pattern)].map(([found]) => found))
}

function only(kinds: Configuration['resource'], type: string): Block {
  const [block, ...more] = Object.values(kinds[type] ?? {}).flat()
  if (block === undefined || more.length > 0) throw new Error(`there is not one ${type}`)
  return block
}

function inner(block: Block, name: string): Block {
  const [found, ...more] = blocks(block, name)
  if (found === undefined || more.length > 0) throw new Error(`there is not one block ${name}`)
  return found
}

function blocks(block: Block, name: string): readonly Block[] {
  const value = block[name]
  return Array.isArray(value) ? value : []
}
