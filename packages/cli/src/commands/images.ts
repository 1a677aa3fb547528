/**
 * `tsreg images`: docker's classic table.
 * @module
 */

import type { Layout, LocalImage } from '@tsreg/image'
import { formatPlatform, parseReference, shortId } from '@tsreg/oci'
import type { Command } from 'commander'
import { humanAge, humanSize } from '../human.ts'
import { filterImages, parseFilters } from '../image-filters.ts'
import { type Invocation, print } from '../invocation.ts'
import { printFormatted } from '../output/formatted.ts'
import { printJson } from '../output/json.ts'
import { printable } from '../output/printable.ts'
import { table } from '../output/table.ts'
import { openSession, type Session } from '../session.ts'
import { type FormatFlag, type JsonFlag, type QuietFlag, verb, withFormat, withJson, withQuiet } from '../verb.ts'

type Flags = JsonFlag &
  QuietFlag &
  FormatFlag & {
    readonly all?: boolean
    readonly trunc: boolean
    readonly digests?: boolean
    readonly filter: readonly string[]
  }

export function images(invocation: Invocation): Command {
  const command = verb('images', 'List the local images', [
    ['tsreg images', 'REPOSITORY, TAG, IMAGE ID, CREATED, SIZE'],
    ["tsreg images 'debian' --digests", 'Of one repository, with the digests to pull them by'],
    ['tsreg images -q --filter dangling=true', 'The IDs of images without a name'],
  ])
    .argument('[name]', 'REPOSITORY[:TAG], where * stands for any characters')
    .option('-a, --all', 'Also the images of the steps on the way to others')
    .option('--no-trunc', 'Show IDs in full')
    .option('--digests', 'Show digests')
    .option(
      '-f, --filter <key=value>',
      'dangling=true|false, reference=PATTERN, before=IMAGE, since=IMAGE',
      collect,
      [],
    )
  withFormat(withQuiet(command, 'Print only IDs'), '{{.Repository}}:{{.Tag}}')
  return withJson(command).action(async (pattern: string | undefined, flags: Flags) => {
    const { signal, stdout, stderr } = invocation
    const filters = parseFilters(flags.filter, { pattern, all: flags.all === true })
    const { listImages } = await import('@tsreg/image')
    await using session = await openSession(invocation)
    const layout: Layout = await session.images()
    const chosen = await filterImages(await listImages(layout, { signal }), filters, { session, layout, invocation })
    for (const { problem, reference } of chosen) {
      if (problem)
        await print(stderr, printable(`Warning: ${reference ?? 'an image'} is incomplete: ${problem.message}\n`))
    }
    if (flags.json) return printJson(stdout, chosen.map(asJson))
    const rows = chosen.map((image) => cellsOf(image, session, flags))
    if (flags.quiet) return print(stdout, [...new Set(rows.map(({ ID }) => `${ID}\n`))].join(''))
    if (flags.format !== undefined) return printFormatted(stdout, flags.format, rows)
    await print(stdout, imageTable(rows, flags.digests === true))
  })
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value]
}

type Cells = ReturnType<typeof cellsOf>

function imageTable(rows: readonly Cells[], digests: boolean): string {
  const digest = digests ? ['DIGEST'] : []
  return table(
    ['REPOSITORY', 'TAG', ...digest, 'IMAGE ID', 'CREATED', 'SIZE'],
    rows.map((row) => [row.Repository, row.Tag, ...(digests ? [row.Digest] : []), row.ID, row.CreatedSince, row.Size]),
  )
}

/** The fields of a row, by the names that docker's templates have. */
function cellsOf(image: LocalImage, session: Session, { trunc }: Pick<Flags, 'trunc'>) {
  const { imageId, created, sizeBytes, root, tag, reference } = image
  const id = imageId === undefined ? '<missing>' : trunc ? shortId(imageId) : imageId
  return {
    ID: id,
    Repository: repositoryOf(image, session),
    Tag: tag ?? '<none>',
    Digest: reference === undefined ? '<none>' : root.digest,
    CreatedSince: humanAge(created, Date.now()),
    CreatedAt: created ?? '',
    Size: humanSize(sizeBytes),
    Platform: image.platform === undefined ? '' : formatPlatform(image.platform),
  }
}

function repositoryOf({ repository }: LocalImage, session: Session): string {
  return repository === undefined ? '<none>' : session.show(parseReference(repository))
}

function asJson(image: LocalImage) {
  const { reference, repository, tag, imageId, root, manifestDigest, created, platform, sizeBytes, problem } = image
  return {
    id: imageId ?? null,
    reference: reference ?? null,
    repository: repository ?? null,
    tag: tag ?? null,
    digest: root.digest,
    mediaType: root.mediaType,
    manifestDigest: manifestDigest ?? null,
    created: created ?? null,
    platform: platform === undefined ? null : formatPlatform(platform),
    size: sizeBytes,
    ...(problem === undefined ? {} : { problem: problem.message }),
  }
}
