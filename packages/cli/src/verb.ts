/**
 * What all verbs have in common on the command line: examples under the help, and the flags that mean the same everywhere.
 * @module
 */
import { parsePlatform } from '@tsreg/oci'
import { Command, InvalidArgumentError, Option } from 'commander'

/** A line to type, and what it does. */
export type Example = readonly [line: string, meaning: string]

const examplesOf = new WeakMap<Command, readonly Example[]>()

/** The examples of a command; none for one that only holds others. */
export function examplesOfCommand(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? []
}

/** A command whose help ends with examples. */
export function verb(name: string, description: string, examples: readonly Example[]): Command {
  const command = new Command(name)
  examplesOf.set(command, examples)
  return command
    .description(description)
    .helpOption('-h, --help', 'Show help')
    .addHelpText('after', () => `\nExamples:\n${examples.map(exampleText).join('')}`.trimEnd())
}

function exampleText([line, meaning]: Example): string {
  return `  $ ${line}\n      ${meaning}\n`
}

export interface JsonFlag {
  readonly json?: boolean
}
export function withJson(command: Command): Command {
  return command.option('--json', 'Print one JSON document; errors as {"error": {code, message}}')
}

export interface QuietFlag {
  readonly quiet?: boolean
}
export function withQuiet(command: Command, description: string): Command {
  return command.option('-q, --quiet', description)
}

export interface FormatFlag {
  readonly format?: string
}
/** @param flag where docker has a short one */
export function withFormat(command: Command, example: string, flag = '--format'): Command {
  const description = `Print with a Go template, for example '${example}', 'table ...' or json`
  return command.addOption(new Option(`${flag} <template>`, description).conflicts('json'))
}

export interface PlatformFlag {
  readonly platform?: string
}
export function withPlatform(command: Command, description: string): Command {
  return command.option('--platform <os/arch>', description, checkedPlatform)
}

/** A mistake on the command line, and told before anything is done. */
function checkedPlatform(text: string): string {
  try {
    parsePlatform(text)
    return text
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

/** Which storage to work on, in the words of `serve`. */
export interface StorageFlags {
  readonly storage?: string
  readonly config?: string
}
export function withStorage(command: Command): Command {
  return command
    .option('--storage <url>', 'As for "serve" (default file:./data)')
    .option('--config <file>', 'As for "serve"')
}

/** How to speak to registries that are not on loopback; see {@link withRemote}. */
export interface RemoteFlags {
  readonly plainHttp?: boolean
  readonly insecure?: boolean
}
/** Loopback registries are spoken to over http without a flag, others never. */
export function withRemote(command: Command): Command {
  return command
    .option('--plain-http', 'Speak http to the registry; loopback needs no flag')
    .option('--insecure', 'Accept any TLS certificate of the registry')
}
