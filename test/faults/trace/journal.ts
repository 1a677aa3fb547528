/**
 * The trace as a history of files: which of them were written, created and synced, and when.
 * @module
 */

import { resolve } from 'node:path'
import { descriptorOf, quotedIn, type SystemCall } from './system-calls.ts'

/** Something done to a file or directory, between two lines of the trace. */
export interface Moment {
  readonly began: number
  readonly ended: number
}

export interface FileHistory {
  readonly path: string
  /** The beginning of what was first written to it, as strace prints it. */
  head: string
  readonly writes: Moment[]
  readonly syncs: Moment[]
  /** Line on which it was last created or renamed to this name; undefined when it was there before. */
  created: number | undefined
  /** Line on which it was removed. */
  removed: number | undefined
}

export interface Exchange {
  /** The two ends, e.g. `127.0.0.1:5000->127.0.0.1:40000`. */
  readonly socket: string
  /** `PUT /v2/…` */
  readonly requestLine: string
  /** Line on which the request's first byte had been read. */
  readonly requested: number
  readonly status: number
  /** Line on which the answer's first byte was about to be sent. */
  readonly answered: number
}

export interface Journal {
  /** Everything under the storage directory, by path. */
  readonly files: ReadonlyMap<string, FileHistory>
  readonly exchanges: readonly Exchange[]
}

export function readJournal(calls: readonly SystemCall[], storage: string): Journal {
  const files = new Map<string, FileHistory>()
  const exchanges: Exchange[] = []
  const requests = new Map<string, { readonly requestLine: string; readonly requested: number }>()

  const fileAt = (path: string) => {
    const known = files.get(path)
    if (known !== undefined) return known
    const made: FileHistory = { path, head: '', writes: [], syncs: [], created: undefined, removed: undefined }
    files.set(path, made)
    return made
  }
  const isStored = (path: string | undefined): path is string =>
    path !== undefined && (path === storage || path.startsWith(`${storage}/`))

  const noteFile = (call: SystemCall, path: string) => {
    const moment = { began: call.began, ended: call.ended }
    if (writing.has(call.name)) {
      const file = fileAt(path)
      if (file.writes.length === 0) file.head = quotedIn(call).join('')
      file.writes.push(moment)
    }
    if (syncing.has(call.name) && call.result.startsWith('0')) fileAt(path).syncs.push(moment)
  }
  const noteName = (call: SystemCall) => {
    if (call.result.startsWith('-1')) return
    const [first, second] = quotedIn(call).map((path) => resolve(storage, path))
    if (call.name.startsWith('unlink') && isStored(first)) fileAt(first).removed = call.ended
    if (call.name.startsWith('mkdir') && isStored(first)) fileAt(first).created = call.ended
    if (/^(rename|link)/.test(call.name) && isStored(second)) noteMove(call, first, second)
    if (/^(open|creat)/.test(call.name) && isStored(first) && /O_CREAT|^creat/.test(`${call.args}${call.name}`)) {
      const file = fileAt(first)
      // A file that is there already is opened, not created.
      if (file.created === undefined || file.removed !== undefined) file.created = call.ended
      file.removed = undefined
    }
  }
  const noteMove = (call: SystemCall, from: string | undefined, to: string) => {
    const moved = from === undefined ? undefined : files.get(from)
    const file = fileAt(to)
    file.created = call.ended
    file.removed = undefined
    if (moved === undefined) return
    file.head = moved.head
    file.writes.push(...moved.writes)
    file.syncs.push(...moved.syncs)
    if (call.name.startsWith('rename')) moved.removed = call.ended
  }
  const noteSocket = (call: SystemCall, socket: string) => {
    const text = quotedIn(call).join('')
    if (receiving.has(call.name)) {
      const requestLine = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE) [^ ]+/.exec(text)?.[0]
      if (requestLine !== undefined) requests.set(socket, { requestLine, requested: call.ended })
      return
    }
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
    const request = requests.get(socket)
    if (status === undefined || request === undefined) return
    exchanges.push({ socket, ...request, status: Number(status), answered: call.began })
  }

  for (const call of calls) {
    const descriptor = descriptorOf(call)
    if (descriptor?.startsWith('TCP')) noteSocket(call, descriptor.replace(/^TCP\w*:\[(.*)\]$/, '$1'))
    else if (isStored(descriptor)) noteFile(call, descriptor)
    else noteName(call)
  }
  return { files, exchanges }
}

const writing = new Set([
  ...['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'copy_file_range', 'sendfile', 'ftruncate', 'fallocate'],
])
const syncing = new Set(['fsync', 'fdatasync'])
const receiving = new Set(['read', 'recvfrom'])
