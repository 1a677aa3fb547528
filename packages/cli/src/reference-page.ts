/**
 * The page of all verbs, `docs/cli.md`, made from the command tree. A test keeps the file equal to it;
 * `node --conditions=source packages/cli/src/reference-page.ts > docs/cli.md` writes it anew.
 * @module
 */
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { createProgram, visibleVerbs } from './program.ts'
import { examplesOfCommand } from './verb.ts'

const introduction = `# The command line

\`tsreg VERB [OPTIONS] [ARGUMENTS]\`. Made from the command tree; \`tsreg help VERB\` prints the same.

**References** are docker's: \`[REGISTRY/]REPOSITORY[:TAG][@DIGEST]\`. A name without a registry goes to \`TSREG_REGISTRY\`, else to \`registry\` of the
client's \`config.json\`, else to \`docker.io\` with \`library/\`. Without tag and digest the tag is \`latest\`. The first digits of an image ID, or of a
manifest's digest, will do as well: any number of them for local images, at least four for a registry. A tag wins over an ID; digits that begin several are
an error that lists them.

**The image ID** is the digest of the image's config, always. Manifest and index digests stand beside it under their own names.

**Registries on loopback** are spoken to over http without a flag, others never: \`--plain-http\`, or \`plainHttp\` in \`config.json\`.

**Settings of the client**

| variable | meaning |
|---|---|
| \`TSREG_REGISTRY\` | registry of names that name none |
| \`TSREG_HOME\` | where local images (\`images/\`, an OCI layout) and \`config.json\` are; default \`$XDG_DATA_HOME/tsreg\`, else \`~/.local/share/tsreg\` |
| \`DOCKER_CONFIG\` | where logins are kept, as with docker; default \`~/.docker\` |
| \`HTTP_PROXY\`, \`HTTPS_PROXY\`, \`NO_PROXY\` | heeded, except for loopback |

\`config.json\`: \`{"registry": "HOST:PORT", "plainHttp": ["HOST:PORT"], "insecure": ["HOST:PORT"]}\`, each optional.

**Output** has progress bars on a terminal, plain lines elsewhere, and nothing but the result with \`--quiet\`. \`--json\` prints one JSON document on standard
output, a failure included: \`{"error": {"code", "message", "advice"}}\`. Exit codes: [exit-codes.md](exit-codes.md).
`

/** The whole page. */
export function referencePage(program: Command): string {
  return `${[introduction, ...visibleVerbs(program).map((command) => section(command, 'tsreg', 2))].join('\n')}`
}

function section(command: Command, parent: string, level: number): string {
  const name = `${parent} ${command.name()}`
  const parts = [
    `${'#'.repeat(level)} ${name}`,
    `${command.description()}.`,
    ...(command.commands.length > 0 ? [] : [`\`\`\`\n${[parent, usage(command)].join(' ')}\n\`\`\``]),
    rows(command),
    examples(command),
  ]
  const children = command.commands.map((child) => section(child, name, level + 1))
  return [`${parts.filter((part) => part !== '').join('\n\n')}\n`, ...children].join('\n')
}

function usage(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), '[options]', ...words].join(' ')
}

function rows(command: Command): string {
  const described = [
    ...command.registeredArguments.map((argument) => [argument.name(), argument.description]),
    ...command.options.filter((option) => !option.hidden).map((option) => [option.flags, option.description]),
  ]
  if (described.length === 0) return ''
  const lines = described.map(([term = '', text = '']) => `| \`${cell(term)}\` | ${cell(text)} |`)
  return ['| argument or option | meaning |', '|---|---|', ...lines].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function examples(command: Command): string {
  const lines = examplesOfCommand(command).map(([line, meaning]) => `${line}   # ${meaning}`)
  return lines.length === 0 ? '' : `\`\`\`sh\n${lines.join('\n')}\n\`\`\``
}

/** The tree without anything behind it: for looking at, not for running. */
export function treeOnly(): Command {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const { signal } = new AbortController()
  return createProgram({ env: {}, stdin: process.stdin, stdout: nowhere, stderr: nowhere, signal })
}

if (import.meta.main) process.stdout.write(referencePage(treeOnly()))
