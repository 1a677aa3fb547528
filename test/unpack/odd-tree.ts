/**
 * A tree with one of everything that a layer can hold.
 * @module
 */

import { chmod, chown, link, lutimes, mkdir, open, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../harness/command.ts'
import { toolPath } from '../harness/tools.ts'

/** Makes it in the directory `root`, which is new. Needs root, and a file system with extended attributes. */
export async function makeOddTree(root: string): Promise<void> {
  const at = (path: string) => join(root, path)
  const file = async (path: string, content: string | Buffer, mode = 0o644) => {
    await mkdir(dirname(at(path)), { recursive: true })
    await writeFile(at(path), content)
    await chmod(at(path), mode)
  }
  await file('dir/file', 'removed by the next layer')
  await file('dir/kept', 'kept')
  for (const [name, mode] of modes) {
    await file(`modes/${name}`, name, mode)
    await mkdir(at(`modes/${name}.d`))
    await chmod(at(`modes/${name}.d`), mode)
  }
  await link(at('dir/kept'), at('modes/hard'))
  await file('owners/large', 'x')
  await chown(at('owners/large'), 3_000_000, 4_000_000_000)
  await symlink('nowhere', at('owners/link'))
  await run(['chown', '--no-dereference', '12:34', at('owners/link')])
  await file(`${long}/${'n'.repeat(200)}`, 'long')
  await symlink(`${long}/${'t'.repeat(200)}`, at('long-link'))
  await link(at(`${long}/${'n'.repeat(200)}`), at('long-hard'))
  await symlink(`/${long}`, at('absolute'))
  await file('names/ümläut 字 \\backslash\nline "quote"', 'x')
  await file('names/.wh', 'no whiteout')
  await file('empty', '')
  await file('old', 'of 1969')
  await sparse(at('sparse/many'), 64, 300_000)
  await sparse(at('sparse/large'), 3, 100_000_000)
  await sparse(at('sparse/none'), 0, 70_000)
  await mkdir(at('dev'))
  await run(['mknod', at('dev/null'), 'c', '1', '3'])
  await run(['mknod', at('dev/disk'), 'b', '8', '17'])
  await run(['mkfifo', at('dev/pipe')])
  await file('cap/ping', 'x', 0o755)
  await run([toolPath('setcap'), 'cap_net_raw+ep', at('cap/ping')])
  await attribute(at('cap/ping'), 'user.comment', '0x00ff0a3d')
  await file('cap/read-only', 'x', 0o400)
  await attribute(at('cap/read-only'), 'user.one', '0x31')
  await attribute(at('dir'), 'user.directory', '0x32')
  await lutimes(at('dir/kept'), 1_234_567_890.125, 1_234_567_890.125)
  await lutimes(at('owners/link'), 1_000_000_000, 1_000_000_000)
  await lutimes(at('dir'), 1_111_111_111, 1_111_111_111)
  await lutimes(at('old'), -86_400.5, -86_400.5)
  await chmod(root, 0o711)
  await chown(root, 5, 6)
  await lutimes(root, 1_222_222_222, 1_222_222_222)
}

const modes = [
  ['setuid', 0o4755],
  ['setgid', 0o2755],
  ['sticky', 0o1777],
  ['all', 0o7777],
  ['none', 0],
] as const

const long = `long/${'d'.repeat(120)}/${'e'.repeat(120)}`

/** So many parts of a few bytes, so far apart; and a hole at the end. */
async function sparse(path: string, parts: number, distance: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, 'w')
  try {
    for (let part = 0; part < parts; part++) await handle.write(`part ${part}`, part * distance)
    await handle.truncate(parts * distance + 12_345)
  } finally {
    await handle.close()
  }
}

async function attribute(path: string, name: string, value: string): Promise<void> {
  await run([toolPath('setfattr'), `--name=${name}`, `--value=${value}`, path])
}
