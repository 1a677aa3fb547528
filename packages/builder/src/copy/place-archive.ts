/**
 * Puts the files of an archive into a layer. The archive may be hostile: no entry gets out of the directory that it is
 * unpacked in, neither by its name nor through a link, one of its own or one that lies there.
 * @module
 */
import { ImageError } from '@tsreg/image'
import type { PlacedEntry, TarEntry } from '@tsreg/image/layer'
import type { OperationOptions } from '@tsreg/oci/content'
import { BuilderError } from '../errors.ts'
import type { DraftFile, LayerDraft } from '../rootfs/layer-draft.ts'
import { joinPath, lastNameOf, parentOf, resolvePath } from '../rootfs/resolve.ts'
import type { Archive } from './archive.ts'
import type { Destination } from './destination.ts'

export interface PlaceArchiveOptions extends OperationOptions {
  readonly destination: Destination
  /** For directories that are made, in seconds since 1970. */
  readonly time: number
}

/** @throws ARCHIVE_ESCAPE for an entry that wants to get out, NOT_A_DIRECTORY, LINK_LOOP, ARCHIVE_INVALID */
export async function placeArchive(draft: LayerDraft, archive: Archive, options: PlaceArchiveOptions): Promise<void> {
  const { time } = options
  const top = await draft.resolve(options.destination.path, options)
  const made = { mode: 0o755, uid: 0, gid: 0, mtime: time }
  await draft.makeDirectory(top, made, options)
  const names = new Map<string, DraftFile>()
  for await (const placed of archive.entries(options)) {
    const name = safeName(placed.entry.name)
    if (name === '') continue
    const path = await pathBelow(draft, top, name, options)
    await draft.makeDirectory(parentOf(path), made, options)
    const file = placed.entry.type === 'hardlink' ? linkedFile(placed.entry, names) : fileOf(placed, archive)
    names.set(name, file)
    draft.put(path, file)
  }
}

/** Relative, without `.` and `..`; empty for the directory itself. */
function safeName(written: string): string {
  const names: string[] = []
  for (const name of written.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined) throw escapes(written)
  }
  return names.join('/')
}

/** Links before the last name are followed inside `top`, as if it were the root of everything. */
async function pathBelow(draft: LayerDraft, top: string, name: string, options: OperationOptions): Promise<string> {
  const below = {
    name: draft.name,
    lstat: (path: string, lookup?: OperationOptions) => draft.lstat(joinPath(top, path), lookup),
  }
  const parent = await resolvePath(below, parentOf(name), options)
  return joinPath(joinPath(top, parent), lastNameOf(name))
}

function linkedFile({ name, linkName }: TarEntry, names: ReadonlyMap<string, DraftFile>): DraftFile {
  const file = names.get(safeName(linkName))
  if (file !== undefined && file.type !== 'directory') return file
  throw new ImageError('ARCHIVE_INVALID', `${name} is a hard link to ${linkName}, which the archive does not have`, {
    detail: { name, linkName },
  })
}

const xattrPrefix = 'SCHILY.xattr.'

function fileOf(placed: PlacedEntry, archive: Archive): DraftFile {
  const { type, mode, uid, gid, mtime, size, linkName, devMajor, devMinor, pax } = placed.entry
  if (type === 'hardlink') throw new TypeError('a hard link is another file')
  const xattrs = [...pax]
    .filter(([key]) => key.startsWith(xattrPrefix))
    .map(([key, value]) => [key.slice(xattrPrefix.length), value] as const)
  const file = { type, mode, uid, gid, mtime, size, linkName, devMajor, devMinor, xattrs: new Map(xattrs) }
  return type === 'directory' ? file : { ...file, inode: {}, content: () => archive.content(placed) }
}

function escapes(name: string): BuilderError {
  return new BuilderError('ARCHIVE_ESCAPE', `the archive has an entry outside of itself: ${JSON.stringify(name)}`, {
    detail: { name },
  })
}
