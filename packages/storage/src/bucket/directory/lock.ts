/**
 * One process owns a directory: it holds an open exclusive transaction on a small database of its own, which the system
 * gives up when the process dies, however it dies.
 *
 * Nobody may open `lock.db` or `index.db` as plain files: closing any descriptor of a file drops the process's locks on it.
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OciError } from '@tsreg/oci'
import { lockName, ownerName } from './check-directory.ts'

export interface DirectoryLock {
  release(): void
}

const sqliteBusy = 5

/** @throws UNAVAILABLE naming the directory and, where it is known, the process that owns it. */
export function lockDirectory(directory: string): DirectoryLock {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(directory, lockName), { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw lockFailure(directory, error)
  }
  const held = database
  const owner = join(directory, ownerName)
  writeFileSync(owner, `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`)
  return {
    release() {
      if (!held.isOpen) return
      rmSync(owner, { force: true })
      held.close()
    },
  }
}

function lockFailure(directory: string, cause: unknown): OciError {
  const { errcode = 0, message } = cause as { errcode?: number; message: string }
  if ((errcode & 0xff) !== sqliteBusy) {
    return new OciError('UNAVAILABLE', `${directory} cannot be locked: ${message}`, {
      cause,
      detail: { directory, reason: 'unlockable' },
    })
  }
  const pid = ownerPid(directory)
  const who = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`
  const advice = 'stop it, or use another directory'
  return new OciError('UNAVAILABLE', `${directory} is in use by ${who}; ${advice}`, {
    cause,
    detail: { directory, reason: 'in-use', pid },
  })
}

function ownerPid(directory: string): number | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(join(directory, ownerName), 'utf8'))
    return Number.isInteger(pid) && host === hostname() ? pid : undefined
  } catch {
    return undefined
  }
}
