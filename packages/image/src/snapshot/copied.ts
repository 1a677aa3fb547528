/**
 * What the files of a copy were when it was made, so that later most of them need not be looked into: a file whose inode and
 * change time are the same has not been changed, for nobody can set the change time.
 *
 * One line per file, in the order of a walk: `["usr/bin/ls",1234,"1700000000123456789"]`.
 * @module
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { walkTree } from '../tree/walk.ts'

export interface CopiedFile {
  readonly path: string
  /** Changes with any change of content or attributes. */
  readonly state: string
}

/** Writes the list of the tree as it is now. */
export function noteCopied(tree: string, file: string): void {
  const descriptor = openSync(file, 'wx')
  try {
    let lines: string[] = []
    for (const { path, stat } of walkTree(tree)) {
      lines.push(`${JSON.stringify([path, stateOf(stat)])}\n`)
      if (lines.length < linesPerWrite) continue
      writeSync(descriptor, lines.join(''))
      lines = []
    }
    writeSync(descriptor, lines.join(''))
  } finally {
    closeSync(descriptor)
  }
}

const linesPerWrite = 1000

export function stateOf({ ino, ctimeNs }: { readonly ino: bigint; readonly ctimeNs: bigint }): string {
  return `${ino}:${ctimeNs}`
}

/** The list, read as it is consumed. */
export function* readCopied(file: string): Generator<CopiedFile, void, undefined> {
  for (const line of linesOf(file)) {
    const [path, state] = JSON.parse(line) as [string, string]
    yield { path, state }
  }
}

const readSize = 64 * 1024

function* linesOf(file: string): Generator<string, void, undefined> {
  const descriptor = openSync(file, 'r')
  try {
    const chunk = Buffer.allocUnsafe(readSize)
    let rest = Buffer.alloc(0)
    for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
      rest = Buffer.concat([rest, chunk.subarray(0, length)])
      let start = 0
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, start)) {
        yield rest.toString('utf8', start, end)
        start = end + 1
      }
      rest = rest.subarray(start)
    }
  } finally {
    closeSync(descriptor)
  }
}
