/**
 * `--chown`: who files of COPY and ADD belong to, names looked up in the image.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { SourceTree } from '../context/source-tree.ts'
import { BuilderError, type SourcePlace } from '../errors.ts'
import { resolvePath } from './resolve.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export const root: Owner = { uid: 0, gid: 0 }

/**
 * `user`, `user:group`, or numbers. Without a group it is the one called as the user: the same number, or the same name.
 * @param tree opened only when there is a name to look up
 * @throws OWNER_UNKNOWN
 */
export async function parseOwner(
  text: string,
  tree: () => Promise<SourceTree>,
  { place, signal }: OperationOptions & { readonly place: SourcePlace },
): Promise<Owner> {
  const [user = '', group = user, ...rest] = text.split(':')
  if (user === '' || group === '' || rest.length > 0) throw unknown(text, 'it is user, or user:group', place)
  return {
    uid: numberOf(user) ?? (await find(await tree(), 'etc/passwd', user, { place, signal })),
    gid: numberOf(group) ?? (await find(await tree(), 'etc/group', group, { place, signal })),
  }
}

const highestId = 2 ** 32 - 2

function numberOf(text: string): number | undefined {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : undefined
  return number === undefined || number > highestId ? undefined : number
}

/** A file of users is small; what is larger than this is none. */
const maxBytes = 16 * 1024 * 1024

/** Both files have the name first and the number third. */
async function find(
  tree: SourceTree,
  file: string,
  name: string,
  { place, signal }: OperationOptions & { readonly place: SourcePlace },
): Promise<number> {
  for (const line of await linesOf(tree, file, { signal })) {
    const [entry, , id = ''] = line.split(':')
    const number = entry === name ? numberOf(id) : undefined
    if (number !== undefined) return number
  }
  throw unknown(name, `/${file} of ${tree.name} does not name it`, place)
}

async function linesOf(tree: SourceTree, file: string, options: OperationOptions): Promise<readonly string[]> {
  const path = await resolvePath(tree, file, options)
  const found = await tree.lstat(path, options)
  if (found?.type !== 'file' || found.size > maxBytes) return []
  const chunks: Uint8Array[] = []
  for await (const chunk of tree.open(path, options)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8').split('\n')
}

function unknown(name: string, why: string, place: SourcePlace): BuilderError {
  return new BuilderError('OWNER_UNKNOWN', `no user or group ${JSON.stringify(name)}: ${why}`, {
    place,
    detail: { owner: name },
  })
}
