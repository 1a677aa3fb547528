/**
 * Build contexts described in code: every path with its content, mode, link or archive, and the same times in every run.
 * @module
 */

import { chmod, link, lutimes, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../harness/command.ts'

/** By path below the context's root. A text is a file of mode 0644. */
export type Context = Readonly<Record<string, ContextEntry>>

export type ContextEntry =
  | string
  | { readonly content: string; readonly mode: number }
  | { readonly directory: number }
  | { readonly symlink: string }
  /** Another path of the context, which comes before this one. */
  | { readonly hardLink: string }
  /** A tar archive of another tree; `owner` is `uid:gid`, by default 0:0. */
  | { readonly archive: Context; readonly compression?: Compression; readonly owner?: string }

export type Compression = 'gzip' | 'bzip2' | 'xz' | 'zstd'

/** Writes the tree into `directory`, which is made here. Directories that are not named get mode 0755, and everything the same time. */
export async function writeContext(directory: string, context: Context, modifiedAt = 1_600_000_000): Promise<void> {
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o755)
  for (const [name, entry] of Object.entries(context)) {
    const path = join(directory, name)
    await makeParents(directory, dirname(name))
    await writeEntry(directory, path, entry)
  }
  // At the end: writing into a directory changes its time.
  for (const name of [...(await readdir(directory, { recursive: true })), '.']) {
    await lutimes(join(directory, name), modifiedAt, modifiedAt)
  }
}

async function writeEntry(root: string, path: string, entry: ContextEntry): Promise<void> {
  if (typeof entry === 'string') await writeWithMode(path, entry, 0o644)
  else if ('content' in entry) await writeWithMode(path, entry.content, entry.mode)
  else if ('symlink' in entry) await symlink(entry.symlink, path)
  else if ('hardLink' in entry) await link(join(root, entry.hardLink), path)
  else if ('archive' in entry) await writeArchive(path, entry)
  else {
    await mkdir(path, { recursive: true })
    await chmod(path, entry.directory)
  }
}

/** Whatever the umask is. */
async function writeWithMode(path: string, content: string, mode: number): Promise<void> {
  await writeFile(path, content)
  await chmod(path, mode)
}

async function makeParents(root: string, name: string): Promise<void> {
  if (name === '.') return
  await makeParents(root, dirname(name))
  const made = await mkdir(join(root, name), { recursive: true })
  if (made !== undefined) await chmod(join(root, name), 0o755)
}

async function writeArchive(
  path: string,
  { archive, compression, owner = '0:0' }: Extract<ContextEntry, { archive: Context }>,
): Promise<void> {
  const tree = `${path}.tree`
  await writeContext(tree, archive)
  const [uid, gid] = owner.split(':')
  const compress = compression === undefined ? [] : [`--${compression}`]
  const owners = ['--sort=name', '--numeric-owner', `--owner=${uid}`, `--group=${gid}`]
  await run(['tar', '--create', ...compress, `--file=${path}`, `--directory=${tree}`, ...owners, '.'])
  await rm(tree, { recursive: true })
  await chmod(path, 0o644)
}
