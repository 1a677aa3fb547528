/**
 * Where an image comes from, as a person writes it: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`,
 * or a path.
 * @module
 */
import { stat } from 'node:fs/promises'
import { formatReference, parseReference } from '@tsreg/oci'
import type { ReadOnlyTarget } from '@tsreg/oci/content'
import { ImageError } from '../errors.ts'
import { openLayoutReader } from '../layout/open.ts'
import type { ArchivedImage } from './archive.ts'
import { openDockerArchive } from './docker-archive.ts'
import { openOciArchive } from './oci-archive.ts'
import type { OpenArchiveOptions } from './tar-archive.ts'

export type SourceTransport = 'oci' | 'oci-archive' | 'docker-archive' | 'path'

export interface SourceText {
  readonly transport: SourceTransport
  readonly path: string
  /** Undefined: the only image that there is. */
  readonly reference: string | undefined
}

/** An open source. `copy(source.target, source.reference, ...)` copies the image that was meant. */
export interface ImageSource extends AsyncDisposable {
  readonly target: ReadOnlyTarget
  /** What to resolve in the target. */
  readonly reference: string
  /** Names that the image has there: what it was saved as. */
  readonly names: readonly string[]
  /** Everything the source holds. */
  readonly images: readonly ArchivedImage[]
}

const transports = /^(oci|oci-archive|docker-archive):(.*)$/s

/**
 * Undefined for text that is a reference or an ID and no source: what has no transport must begin with `./`, `../`, `/` or
 * `~/`, or be `.` or `..`, to be a path. The first colon after the path begins the reference, as with skopeo.
 */
export function parseSource(text: string): SourceText | undefined {
  const match = transports.exec(text)
  if (match === null) {
    return /^(\.{0,2}\/|~\/|\.{1,2}$)/.test(text) ? { transport: 'path', path: text, reference: undefined } : undefined
  }
  const [, transport = '', rest = ''] = match
  const colon = rest.indexOf(':')
  const path = colon < 0 ? rest : rest.slice(0, colon)
  const reference = colon < 0 ? '' : rest.slice(colon + 1)
  if (path === '')
    throw new ImageError('SOURCE_INVALID', `${JSON.stringify(text.slice(0, 300))} names no file or directory`)
  return { transport: transport as SourceTransport, path, reference: reference === '' ? undefined : reference }
}

/**
 * Opens what {@link parseSource} understands, and finds the image that is meant.
 * @throws SOURCE_INVALID; REFERENCE_NEEDED naming the images when there are several; IMAGE_UNKNOWN for a reference that is
 *   not there, or none at all; what the opening of a layout or an archive throws
 */
export async function openSource(text: string, options: OpenArchiveOptions = {}): Promise<ImageSource> {
  const source = parseSource(text)
  if (source === undefined)
    throw new ImageError('SOURCE_INVALID', `${JSON.stringify(text.slice(0, 300))} is no source of an image`)
  const opened = await open(await withTransport(source), options)
  try {
    const image = choose(opened.images, source.reference, text)
    return { ...opened, reference: image.selector, names: image.references }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

type Opened = Omit<ImageSource, 'reference' | 'names'>

async function open({ transport, path }: SourceText, options: OpenArchiveOptions): Promise<Opened> {
  if (transport === 'oci') {
    const reader = await openLayoutReader(path, options)
    const images = (await reader.entries(options)).map(({ reference, descriptor: { digest } }) => ({
      references: reference === undefined ? [] : [reference],
      selector: reference ?? digest,
      digest,
    }))
    return { target: reader, images, [Symbol.asyncDispose]: async () => {} }
  }
  if ((await stat(path)).isDirectory()) {
    throw new ImageError('SOURCE_INVALID', `${path} is a directory, and an archive is a file`, {
      advice: `write oci:${path} if it is a layout`,
    })
  }
  const archive = await (transport === 'oci-archive' ? openOciArchive : openDockerArchive)(path, options)
  return {
    target: archive,
    images: await archive.images(options),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  }
}

/** A directory is a layout, a file an archive of the kind that its entries show. */
async function withTransport(source: SourceText): Promise<SourceText> {
  if (source.transport !== 'path') return source
  const path = source.path.startsWith('~/') ? `${process.env.HOME ?? '~'}${source.path.slice(1)}` : source.path
  return { ...source, path, transport: (await stat(path)).isDirectory() ? 'oci' : 'docker-archive' }
}

function choose(images: readonly ArchivedImage[], reference: string | undefined, text: string): ArchivedImage {
  const [only] = images
  if (reference === undefined && only !== undefined && images.length === 1) return only
  const known = images.map(({ selector }) => selector).slice(0, 50)
  if (reference === undefined && images.length > 1) {
    throw new ImageError('REFERENCE_NEEDED', `${text} holds ${images.length} images: ${known.join(', ')}`, {
      detail: { source: text, references: known },
    })
  }
  const found = reference === undefined ? undefined : find(images, reference)
  if (found !== undefined) return found
  const what =
    images.length === 0
      ? 'it holds no image'
      : `it has no image ${JSON.stringify(reference)}; it has ${known.join(', ')}`
  throw new ImageError('IMAGE_UNKNOWN', `${text}: ${what}`, {
    detail: { source: text, references: known },
    advice: 'check the reference',
  })
}

/** By the name as it stands, in docker's short form, by its tag alone where only one has it, by digest, by position. */
function find(images: readonly ArchivedImage[], reference: string): ArchivedImage | undefined {
  const names = new Set([reference, canonical(reference)])
  const exact = images.find(
    ({ references, digest }) => digest === reference || references.some((name) => names.has(name)),
  )
  if (exact !== undefined) return exact
  const position = /^@(\d{1,6})$/.exec(reference)
  if (position !== null) return images[Number(position[1])]
  const tagged = images.filter(({ references }) => references.some((name) => name.endsWith(`:${reference}`)))
  return tagged.length === 1 ? tagged[0] : undefined
}

function canonical(reference: string): string {
  try {
    return formatReference(parseReference(reference))
  } catch {
    return reference
  }
}
