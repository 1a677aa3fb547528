/**
 * Copying a file of a layer below into the one that is unpacked, with all that belongs to it.
 * @module
 */
import { constants, copyFileSync } from 'node:fs'
import { mknodAt, must, pathAt, symlinkAt } from '../../syscalls/index.ts'
import type { AttributeWriter } from './attributes.ts'
import { attributesAt, type LowerFile } from './lower.ts'
import type { Level } from './tree.ts'

/** @param parent where the copy goes; nothing of that name may be there */
export function copyUp(file: LowerFile, parent: Level, name: string, writer: AttributeWriter): void {
  const attributes = attributesAt(file)
  if (file.stats.isSymbolicLink()) {
    must(symlinkAt(file.linkTarget, parent.fd, name), 'symlinkat', name)
    writer.link(parent.fd, name, attributes, name)
    return
  }
  if (file.stats.isFile()) copyFileSync(file.path, pathAt(parent.fd, name), constants.COPYFILE_EXCL)
  else must(mknodAt(parent.fd, name, Number(file.stats.mode), file.stats.rdev), 'mknodat', name)
  writer.node(parent.fd, name, attributes, name)
  writer.times(parent.fd, name, attributes, name)
}
