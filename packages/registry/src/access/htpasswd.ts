/**
 * Access by an htpasswd file: its users may do everything, others nothing, or pull where that is switched on.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { type Access, formatBasicChallenge } from '@tsreg/oci/distribution'
import { StartError } from '../config/start-error.ts'
import { watchFiles } from '../watch-files.ts'
import type { AccessController, Challenge, Credentials, Decision, Grant } from './controller.ts'
import { parseHtpasswd, type Users } from './htpasswd-file.ts'
import { type PasswordCheckOptions, passwordCheck, unmatchableHash } from './password-check.ts'

export interface HtpasswdOptions extends PasswordCheckOptions {
  readonly file: string
  readonly realm: string
  /** @default false */
  readonly anonymousPull?: boolean
  /**
   * How often the file is looked at for changes, in milliseconds.
   * @default 1000
   */
  readonly reloadMs?: number
  /** Told about every reload: the number of users, or why the old ones stay in force. */
  readonly onReload?: (result: { readonly users: number } | { readonly error: Error }) => void
}

/** bcrypt looks at so many bytes of a password; a longer one would match by its beginning. */
const longestPassword = 72

/** @throws StartError CONFIG_INVALID when the file cannot be read, has a line that cannot be used, or no user. */
export async function htpasswdAccess(options: HtpasswdOptions): Promise<AccessController> {
  const passwords = passwordCheck(options)
  let users = await load(options.file)
  let stranger = strangerHash(users)
  const reload = async (): Promise<void> => {
    try {
      users = await load(options.file)
      stranger = strangerHash(users)
      options.onReload?.({ users: users.size })
    } catch (error) {
      options.onReload?.({ error: error as Error })
    }
  }
  const watcher = watchFiles([options.file], reload, options.reloadMs)

  const authenticate = formatBasicChallenge(options.realm)
  const challenge = (message: string): Challenge => ({ allowed: false, code: 'UNAUTHORIZED', message, authenticate })
  const anonymous: Grant = { allowed: true }
  const needLogin = challenge('authentication required')
  const wrong = challenge('the user name or the password is wrong')
  const unreadable = challenge('the Authorization header is not a Basic one; this registry knows users and passwords')
  const busy: Challenge = { allowed: false, code: 'TOOMANYREQUESTS', message: 'too many logins at a time; try again' }

  const login = (username: string, password: string): Decision | Promise<Decision> => {
    const hash = users.get(username)
    if (hash !== undefined && passwords.remembered(username, password, hash)) return { allowed: true, user: username }
    const possible = Buffer.byteLength(password) <= longestPassword && !password.includes('\0')
    // An unknown user costs one bcrypt like a wrong password: the time must not tell who exists.
    return passwords.verify(username, password, possible ? (hash ?? stranger) : stranger).then((verdict) => {
      if (verdict === 'busy') return busy
      return verdict === 'right' && hash !== undefined ? { allowed: true, user: username } : wrong
    })
  }

  return {
    authorize(credentials: Credentials, access: readonly Access[]) {
      if (credentials.scheme === 'basic') return login(credentials.username, credentials.password)
      if (credentials.scheme !== 'none') return unreadable
      return options.anonymousPull === true && access.every(isPull) ? anonymous : needLogin
    },
    ...(options.anonymousPull === true ? { invitation: authenticate } : {}),
    close: () => watcher.close(),
  }
}

function isPull(access: Access): boolean {
  return access.type === 'repository' && access.actions.every((action) => action === 'pull')
}

async function load(file: string): Promise<Users> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new StartError('CONFIG_INVALID', `htpasswd: cannot read ${file}: ${(cause as Error).message}`, {
      setting: 'htpasswd',
      cause,
    })
  }
  try {
    const users = parseHtpasswd(text)
    if (users.size > 0) return users
  } catch (cause) {
    throw new StartError('CONFIG_INVALID', `htpasswd: ${file} ${(cause as Error).message}`, {
      setting: 'htpasswd',
      cause,
    })
  }
  throw new StartError('CONFIG_INVALID', `htpasswd: ${file} names no user; add one with htpasswd -B ${file} USER`, {
    setting: 'htpasswd',
  })
}

/** As costly as the costliest hash of the file. */
function strangerHash(users: Users): string {
  return unmatchableHash(Math.max(...[...users.values()].map((hash) => Number(hash.slice(4, 6)))))
}
