/**
 * From `User` of an image config, or `--user`, to numbers: names are those of the container's own `/etc/passwd` and
 * `/etc/group`, with docker's rules.
 * @module
 */
import { RuntimeError } from '../errors.ts'
import { readFileInside } from './inside.ts'

/** Whom a process runs as. */
export interface ContainerUser {
  readonly uid: number
  readonly gid: number
  /** With `gid` among them: without it a process could give up a group that is meant to restrict it (CVE-2022-36109). */
  readonly additionalGids: readonly number[]
  /** Home directory; `/` for a user without an entry. */
  readonly home: string
}

/** What `/etc/passwd` and `/etc/group` hold; undefined where there is no such file. */
export interface UserDatabase {
  readonly passwd: string | undefined
  readonly group: string | undefined
}

const databaseLimit = 4 * 1024 * 1024
const maximumId = 2 ** 31 - 1

/** The two files of a root file system, by their way inside of it: a link in it that points out of it leads nowhere else. */
export async function readUserDatabase(root: string): Promise<UserDatabase> {
  const [passwd, group] = await Promise.all(
    ['/etc/passwd', '/etc/group'].map((path) => readFileInside(root, path, databaseLimit)),
  )
  return { passwd: passwd?.toString('utf8'), group: group?.toString('utf8') }
}

/**
 * @param text `user`, `uid`, `user:group`, `uid:gid`, any mixture; empty is root. Digits are always a number.
 * @throws RuntimeError USER_UNKNOWN for a name without an entry and a number out of range
 */
export function lookUpUser(text: string, database: UserDatabase): ContainerUser {
  const { userText, groupText } = split(text)
  const uid = numberIn(userText, text)
  const entry = usersOf(database).find((user) => (uid === undefined ? user.name === userText : user.uid === uid))
  if (entry === undefined && uid === undefined) {
    throw new RuntimeError('USER_UNKNOWN', `unable to find user ${userText}: no matching entries in passwd file`, {
      detail: { user: text },
    })
  }
  const groups = groupsOf(database)
  const gid = groupText === '' ? (entry?.gid ?? 0) : explicitGroup(groupText, text, groups)
  const memberships =
    groupText !== '' || entry === undefined
      ? []
      : groups.filter(({ members }) => members.includes(entry.name)).map((group) => group.gid)
  return {
    uid: uid ?? entry?.uid ?? 0,
    gid,
    additionalGids: [...new Set([gid, ...memberships])],
    home: entry === undefined || entry.home === '' ? '/' : entry.home,
  }
}

function split(text: string): { readonly userText: string; readonly groupText: string } {
  const [userText = '', ...rest] = text.split(':')
  return { userText: userText === '' ? '0' : userText, groupText: rest.join(':') }
}

function explicitGroup(groupText: string, text: string, groups: readonly Group[]): number {
  const gid = numberIn(groupText, text)
  if (gid !== undefined) return gid
  const entry = groups.find(({ name }) => name === groupText)
  if (entry !== undefined) return entry.gid
  throw new RuntimeError('USER_UNKNOWN', `unable to find group ${groupText}: no matching entries in group file`, {
    detail: { user: text },
  })
}

function numberIn(part: string, text: string): number | undefined {
  if (!/^-?\d+$/.test(part)) return undefined
  const value = Number(part)
  if (value >= 0 && value <= maximumId) return value
  throw new RuntimeError('USER_UNKNOWN', `user ${JSON.stringify(text)}: numbers are from 0 to ${maximumId}`, {
    detail: { user: text },
  })
}

interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

function usersOf({ passwd }: UserDatabase): readonly User[] {
  return entriesOf(passwd).flatMap(([name = '', , uid, gid, , home = '']) => {
    const [user, group] = [idOf(uid), idOf(gid)]
    return user === undefined || group === undefined ? [] : [{ name, uid: user, gid: group, home }]
  })
}

function groupsOf({ group }: UserDatabase): readonly Group[] {
  return entriesOf(group).flatMap(([name = '', , gid, members = '']) => {
    const id = idOf(gid)
    return id === undefined ? [] : [{ name, gid: id, members: members.split(',') }]
  })
}

/** Lines that cannot be read are left out, as everywhere. */
function entriesOf(text: string | undefined): readonly string[][] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'))
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= maximumId ? Number(text) : undefined
}
