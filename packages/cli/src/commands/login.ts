/**
 * `tsreg login` and `tsreg logout`. Passwords are kept where docker keeps them.
 * @module
 */

import { isOciError } from '@tsreg/oci'
import type { Command } from 'commander'
import { CliError } from '../errors.ts'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { ask, askSecret, readSecret } from '../prompt.ts'
import { readRegistryHost } from '../reference.ts'
import { openSession } from '../session.ts'
import { type JsonFlag, type RemoteFlags, verb, withJson, withRemote } from '../verb.ts'

interface LoginFlags extends JsonFlag, RemoteFlags {
  readonly username?: string
  readonly password?: string
  readonly passwordStdin?: boolean
}

export function login(invocation: Invocation): Command {
  const command = verb('login', 'Log in to a registry; docker and other tools share the login', [
    ['tsreg login localhost:5000', 'Asks for user name and password'],
    ['tsreg login localhost:5000 -u ci --password-stdin < password', 'Without a terminal'],
  ])
    .argument('[registry]', 'Registry; default TSREG_REGISTRY')
    .option('-u, --username <name>', 'User name')
    .option('-p, --password <password>', 'Password; others can see it in the list of processes')
    .option('--password-stdin', 'Read the password from standard input')
  return withJson(withRemote(command)).action(async (text: string | undefined, flags: LoginFlags) => {
    const { env, signal, stdout, stderr } = invocation
    if (flags.password !== undefined && flags.passwordStdin) {
      throw new CliError('USAGE', '--password and --password-stdin exclude each other')
    }
    await using session = await openSession(invocation, flags)
    const host = readRegistryHost(text ?? session.config.registry)
    const username = flags.username ?? (await ask(`Username for ${host}: `, invocation))
    const password = await passwordFrom(flags, host, invocation)
    const { login: logIn } = await import('@tsreg/client')
    const kept = await logIn(host, {
      username,
      password,
      signal,
      environment: { ...env },
      registry: session.registryOptions(host),
    }).catch((error: unknown) => {
      throw isOciError(error, 'UNAUTHORIZED') ? refused(host, username, error) : error
    })
    if (kept.helper === undefined) {
      await print(stderr, `Warning: the password is kept unencrypted in ${kept.path}; a credential helper would not.\n`)
    }
    if (flags.json) return printJson(stdout, { registry: host, username, helper: kept.helper ?? null, path: kept.path })
    await print(stdout, 'Login Succeeded\n')
  })
}

async function passwordFrom(flags: LoginFlags, host: string, invocation: Invocation): Promise<string> {
  if (flags.passwordStdin) return readSecret(invocation)
  if (flags.password === undefined) return askSecret(`Password for ${host}: `, invocation)
  await print(invocation.stderr, 'Warning: --password shows the password to others; use --password-stdin.\n')
  return flags.password
}

function refused(host: string, username: string, cause: Error): CliError {
  return new CliError('LOGIN_FAILED', `${host} refused the user name ${JSON.stringify(username)} with this password`, {
    advice: 'Check both; nothing was kept.',
    detail: { registry: host, username },
    cause,
  })
}

export function logout(invocation: Invocation): Command {
  const command = verb('logout', 'Forget the login of a registry', [
    ['tsreg logout localhost:5000', 'For docker and other tools as well'],
  ]).argument('[registry]', 'Registry; default TSREG_REGISTRY')
  return withJson(command).action(async (text: string | undefined, { json }: JsonFlag) => {
    const { env, signal, stdout } = invocation
    await using session = await openSession(invocation)
    const host = readRegistryHost(text ?? session.config.registry)
    const { logout: logOut } = await import('@tsreg/client')
    const forgotten = await logOut(host, { signal, environment: { ...env } })
    if (json) return printJson(stdout, { registry: host, forgotten })
    await print(stdout, forgotten ? `Removing login credentials for ${host}\n` : `Not logged in to ${host}\n`)
  })
}
