/**
 * `tsreg ps`
 * @module
 */

import { shortId } from '@tsreg/oci'
import type { Container } from '@tsreg/runtime'
import { type Command, InvalidArgumentError } from 'commander'
import { parseContainerFilters } from '../container-filters.ts'
import { containersDirectory } from '../containers.ts'
import { humanAge, humanDuration } from '../human.ts'
import { type Invocation, print } from '../invocation.ts'
import { printFormatted } from '../output/formatted.ts'
import { printJson } from '../output/json.ts'
import { printable } from '../output/printable.ts'
import { ellipsis, table } from '../output/table.ts'
import { openSession, type Session } from '../session.ts'
import { type FormatFlag, type JsonFlag, type QuietFlag, verb, withFormat, withJson, withQuiet } from '../verb.ts'

type Flags = JsonFlag &
  QuietFlag &
  FormatFlag & {
    readonly all?: boolean
    readonly trunc: boolean
    readonly last?: number
    readonly latest?: boolean
    readonly filter: readonly string[]
  }

const commandLimit = 20

export function ps(invocation: Invocation): Command {
  const command = verb('ps', 'List the containers', [
    ['tsreg ps', 'Those that run: CONTAINER ID, IMAGE, COMMAND, CREATED, STATUS, PORTS, NAMES'],
    ['tsreg ps -a', 'Also those that have ended, or never ran'],
    ['tsreg ps -q --filter exited=1', 'The IDs of those that ended with 1'],
  ])
    .option('-a, --all', 'Also containers that do not run')
    .option('--no-trunc', 'Show IDs and commands in full')
    .option('-n, --last <number>', 'Only the newest so many, in whatever state', countOf)
    .option('-l, --latest', 'Only the newest, in whatever state')
    .option(
      '-f, --filter <key=value>',
      'status=created|running|exited, exited=CODE, name=, id=, ancestor=IMAGE, label=KEY[=VALUE]',
      (value: string, earlier: readonly string[]) => [...earlier, value],
      [] as readonly string[],
    )
  withFormat(withQuiet(command, 'Print only IDs'), '{{.Names}}')
  return withJson(command).action(async (flags: Flags) => {
    const { stdout, stderr } = invocation
    const filters = parseContainerFilters(flags.filter)
    const { listContainers } = await import('@tsreg/runtime')
    await using session = await openSession(invocation)
    const damaged: string[] = []
    const all = await listContainers(containersDirectory(session.config), ({ message }) => damaged.push(message))
    for (const message of damaged) await print(stderr, printable(`Warning: ${message}\n`))
    const last = flags.latest === true ? 1 : flags.last
    const showsAll = flags.all === true || last !== undefined || filters.asksForState
    const chosen = all
      .filter((container) => filters.lets(container) && (showsAll || container.state.status === 'running'))
      .slice(0, last)
    if (flags.json) return printJson(stdout, chosen.map(asJson))
    const rows = chosen.map((container) => cellsOf(container, session, flags))
    if (flags.quiet) return print(stdout, rows.map(({ ID }) => `${ID}\n`).join(''))
    if (flags.format !== undefined) return printFormatted(stdout, flags.format, rows)
    await print(
      stdout,
      table(
        ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'],
        rows.map((row) => [row.ID, row.Image, row.Command, row.RunningFor, row.Status, row.Ports, row.Names]),
      ),
    )
  })
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1.')
}

/** The fields of a row, by the names that docker's templates have. */
function cellsOf({ record, state }: Container, session: Session, { trunc }: Pick<Flags, 'trunc'>) {
  const words = [...record.process.entrypoint, ...record.process.command].join(' ')
  return {
    ID: trunc ? record.id.slice(0, 12) : record.id,
    Image: imageOf(record, session),
    // Docker cuts first and quotes then.
    Command: JSON.stringify(trunc ? ellipsis(words, commandLimit) : words),
    CreatedAt: record.created,
    RunningFor: humanAge(record.created, Date.now()),
    State: state.status,
    Status: statusOf(state),
    // There is no network of a container's own whose ports could be published.
    Ports: '',
    Names: record.name,
  }
}

/** As it was asked for; digits of an ID as docker shows them. */
function imageOf({ image }: Container['record'], session: Session): string {
  const isId = image.id.replace('sha256:', '').startsWith(image.name.replace('sha256:', ''))
  return isId ? shortId(image.id) : session.show(session.reference(image.name))
}

/** In docker's words: `Created`, `Up 2 hours`, `Exited (0) 3 minutes ago`. */
export function statusOf({ status, startedAt, finishedAt, exitCode }: Container['state']): string {
  if (status === 'created') return 'Created'
  if (status === 'exited') return `Exited (${exitCode}) ${humanAge(finishedAt ?? startedAt, Date.now())}`
  return `Up ${humanDuration((Date.now() - Date.parse(startedAt ?? '')) / 1000)}`
}

function asJson({ record, state }: Container) {
  const { id, name, created, image, labels } = record
  const command = [...record.process.entrypoint, ...record.process.command]
  return { id, name, created, image, command, labels, state }
}
