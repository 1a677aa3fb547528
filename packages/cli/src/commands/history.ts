/**
 * `tsreg history`
 * @module
 */

import type { HistoryRow } from '@tsreg/image'
import { shortId } from '@tsreg/oci'
import type { Command } from 'commander'
import { humanAge, humanSize } from '../human.ts'
import { type Invocation, print } from '../invocation.ts'
import { findLocalImage } from '../local-image.ts'
import { printFormatted } from '../output/formatted.ts'
import { printJson } from '../output/json.ts'
import { ellipsis, table } from '../output/table.ts'
import { openSession } from '../session.ts'
import { type FormatFlag, type JsonFlag, type QuietFlag, verb, withFormat, withJson, withQuiet } from '../verb.ts'

type Flags = JsonFlag & QuietFlag & FormatFlag & { readonly trunc: boolean; readonly human: string }

export function history(invocation: Invocation): Command {
  const command = verb('history', 'Show how a local image came about, the newest step first', [
    ['tsreg history debian:13', 'IMAGE, CREATED, CREATED BY, SIZE, COMMENT'],
    ['tsreg history --no-trunc --human=false debian:13', 'Everything in full, times and sizes exact'],
  ])
    .argument('<image>', 'Local image, or the first digits of its ID')
    .option('--no-trunc', 'Cut nothing')
    .option('-H, --human <true|false>', 'Ages and sizes for people', 'true')
  withFormat(withQuiet(command, 'Print only IDs'), '{{.CreatedBy}}')
  return withJson(command).action(async (text: string, flags: Flags) => {
    const { signal, stdout } = invocation
    const { imageHistory, readImage } = await import('@tsreg/image')
    await using session = await openSession(invocation)
    const images = await session.images()
    const { image } = await findLocalImage(session, images, text, invocation)
    const rows = imageHistory(await readImage(images, image.root, { signal }))
    if (flags.json) return printJson(stdout, rows)
    const cells = rows.map((row) => cellsOf(row, flags))
    if (flags.quiet) return print(stdout, cells.map(({ ID }) => `${ID}\n`).join(''))
    if (flags.format !== undefined) return printFormatted(stdout, flags.format, cells)
    await print(
      stdout,
      table(
        ['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'],
        cells.map(({ ID, Created, CreatedBy, Size, Comment }) => [ID, Created, CreatedBy, Size, Comment]),
      ),
    )
  })
}

const createdByLimit = 45
// Tools that want reproducible images write the epoch, or no time at all.
const oldestAgeMs = Date.parse('2000-01-01T00:00:00Z')

function cellsOf(row: HistoryRow, { trunc, human }: Flags) {
  const { created, createdBy, comment, sizeBytes, imageId } = row
  const isHuman = human !== 'false'
  const hasAge = created !== undefined && Date.parse(created) > oldestAgeMs
  const id = imageId === undefined ? '<missing>' : trunc ? shortId(imageId) : imageId
  const oneLine = createdBy.replaceAll('\t', ' ')
  return {
    ID: id,
    Created: isHuman ? (hasAge ? humanAge(created, Date.now()) : 'N/A') : (created ?? 'N/A'),
    CreatedAt: created ?? '',
    CreatedSince: hasAge ? humanAge(created, Date.now()) : 'N/A',
    CreatedBy: trunc ? ellipsis(oneLine, createdByLimit) : oneLine,
    Size: isHuman ? humanSize(sizeBytes) : String(sizeBytes),
    Comment: comment,
  }
}
