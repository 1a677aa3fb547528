import { describe, expect, test } from '@jest/globals'
import { collectItems, type ScriptedReply, type ScriptedServer, type ScriptStep, scriptedServer } from '@tsreg/testkit'
import type { Credential } from '../credentials/credential.ts'
import { ClientError } from '../errors.ts'
import { openScripted } from '../testing/open-scripted.ts'

const password: Credential = { kind: 'password', username: 'jo', password: 'canary-password' }
const identity: Credential = { kind: 'identity-token', token: 'canary-identity' }
const basicOf = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
const always = Number.POSITIVE_INFINITY

/** A registry that wants `Bearer <token>` for its tags. */
function registryScript(challenge: string | readonly string[], wanted: string | RegExp, times = 1): ScriptStep[] {
  const path = '/v2/repo/tags/list?n=1000'
  return [
    { request: { path, headers: { authorization: wanted } }, response: { body: { tags: ['v1'] } }, times },
    { request: { path }, response: { status: 401, headers: { 'www-authenticate': challenge as string | string[] } } },
  ]
}

function bearer(tokens: ScriptedServer, extra = ''): string {
  return `Bearer realm="${tokens.url}/token",service="reg"${extra}`
}

const tokenPath = '/token?service=reg&scope=repository%3Arepo%3Apull&client_id=tsreg'
const accountPath = '/token?service=reg&scope=repository%3Arepo%3Apull&account=jo&client_id=tsreg'
const postToken = (reply: ScriptedReply): ScriptStep => ({
  request: { method: 'POST', path: '/token' },
  response: reply,
})

async function tags(server: ScriptedServer, credential?: Credential): Promise<readonly string[]> {
  await using client = openScripted(server.host, { credentials: async () => credential })
  return await collectItems(client.registry.repository('repo').tags())
}

describe('token exchange', () => {
  const flows: readonly [string, Credential | undefined, readonly ScriptStep[]][] = [
    [
      'anonymous: GET without credentials',
      undefined,
      [{ request: { path: tokenPath, headers: { authorization: undefined } }, response: { body: { token: 'T' } } }],
    ],
    [
      'the field access_token',
      undefined,
      [{ request: { path: tokenPath }, response: { body: { access_token: 'T' } } }],
    ],
    [
      'password: GET with Basic',
      password,
      [
        {
          request: { path: accountPath, headers: { authorization: basicOf('jo', 'canary-password') } },
          response: { body: { token: 'T' } },
        },
      ],
    ],
    ...[404, 405].map((status): [string, Credential, ScriptStep[]] => [
      `password: POST where GET is ${status}`,
      password,
      [{ request: { path: accountPath }, response: { status } }, postToken({ body: { access_token: 'T' } })],
    ]),
    ['identity token: POST', identity, [postToken({ body: { access_token: 'T' } })]],
    ...[400, 401, 404, 405].map((status): [string, Credential, ScriptStep[]] => [
      `identity token: GET where POST is ${status}`,
      identity,
      [
        postToken({ status }),
        {
          request: { path: tokenPath, headers: { authorization: basicOf('<token>', 'canary-identity') } },
          response: { body: { token: 'T' } },
        },
      ],
    ]),
    [
      'a token service that is busy is asked again',
      undefined,
      [
        { request: { path: tokenPath }, response: { status: 503 } },
        { request: { path: tokenPath }, response: { body: { token: 'T' } } },
      ],
    ],
  ]
  test.each(flows)('%s', async (_flow, credential, script) => {
    await using tokens = await scriptedServer(script, { ordered: true })
    await using server = await scriptedServer(registryScript(bearer(tokens), 'Bearer T'))
    expect(await tags(server, credential)).toEqual(['v1'])
  })

  test('the POST form holds the grant, the service, the scope and the client', async () => {
    await using tokens = await scriptedServer([postToken({ body: { access_token: 'T' } })])
    await using server = await scriptedServer(registryScript(bearer(tokens), 'Bearer T'))
    await tags(server, identity)
    expect(Object.fromEntries(new URLSearchParams(tokens.requests[0]?.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'canary-identity',
      service: 'reg',
      client_id: 'tsreg',
      scope: 'repository:repo:pull',
    })
  })

  const refusals: readonly [string, ScriptedReply, Record<string, unknown>][] = [
    ['refuses', { status: 401 }, { code: 'UNAUTHORIZED', message: expect.stringMatching(/refused user "jo"/) }],
    ['forbids', { status: 403 }, { code: 'UNAUTHORIZED' }],
    ['gives no token', { body: {} }, { code: 'PROTOCOL', message: expect.stringMatching(/no token/) }],
    ['gives a token with a line break', { body: { token: 'a\r\nx: y' } }, { code: 'PROTOCOL' }],
    ['gives a web page', { body: '<html>' }, { code: 'PROTOCOL' }],
    ['sends too much', { body: Buffer.alloc(1024 * 1024 + 1, 32) }, { code: 'TOO_LARGE' }],
    ['redirects in a loop', { status: 302, headers: { location: accountPath } }, { code: 'REDIRECT' }],
  ]
  test.each(refusals)('fails clearly when the service %s', async (_what, reply, error) => {
    await using tokens = await scriptedServer([{ request: { path: accountPath }, response: reply }])
    await using server = await scriptedServer(registryScript(bearer(tokens), /never/, always))
    await expect(tags(server, password)).rejects.toMatchObject(error)
  })

  test('a realm that is no http address is a broken protocol', async () => {
    await using server = await scriptedServer(
      registryScript('Bearer realm="file:///etc/passwd",service="x"', /never/, always),
    )
    await expect(tags(server, password)).rejects.toMatchObject({ code: 'PROTOCOL' })
  })

  test('credentials do not go to a token service on plain http outside of this machine', async () => {
    await using server = await scriptedServer(
      registryScript('Bearer realm="http://tokens.example/",service="x"', /never/, always),
    )
    await expect(tags(server, password)).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringMatching(/plain http/),
    })
  })

  test('the form of an identity token does not follow a redirect to another origin', async () => {
    await using thief = await scriptedServer([])
    await using tokens = await scriptedServer([postToken({ status: 307, headers: { location: `${thief.url}/token` } })])
    await using server = await scriptedServer(registryScript(bearer(tokens), /never/, always))
    await expect(tags(server, identity)).rejects.toMatchObject({ code: 'REDIRECT' })
    expect(thief.requests).toEqual([])
  })
})

describe('authentication', () => {
  test('nothing is sent before a challenge, and Basic with every request after it', async () => {
    const path = '/v2/'
    const wanted = basicOf('jo', 'canary-password')
    await using server = await scriptedServer(
      [
        {
          request: { path, headers: { authorization: undefined } },
          response: { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
        },
        { request: { path, headers: { authorization: wanted } } },
        { request: { path, headers: { authorization: wanted } } },
      ],
      { ordered: true },
    )
    await using client = openScripted(server.host, { credentials: async () => password })
    await client.registry.ping()
    await client.registry.ping()
  })

  test('a wrong password is shown once', async () => {
    await using server = await scriptedServer([
      {
        request: { path: '/v2/' },
        response: { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
        times: 2,
      },
    ])
    await using client = openScripted(server.host, { credentials: async () => password })
    await expect(client.registry.ping()).rejects.toMatchObject({ code: 'UNAUTHORIZED', detail: { status: 401 } })
  })

  test.each([
    ['in one header', ['Negotiate, Basic realm="r", Bearer realm="TOKENS/token",service="reg"']],
    ['in several headers', ['Negotiate', 'Basic realm="r"', 'Bearer realm="TOKENS/token",service="reg"']],
  ])('of several challenges %s Bearer is taken', async (_how, challenge) => {
    await using tokens = await scriptedServer([{ request: { path: accountPath }, response: { body: { token: 'T' } } }])
    const headers = challenge.map((value) => value.replace('TOKENS', tokens.url))
    await using server = await scriptedServer(registryScript(headers, 'Bearer T'))
    expect(await tags(server, password)).toEqual(['v1'])
  })

  test('of several challenges without Bearer Basic is taken', async () => {
    await using server = await scriptedServer(registryScript(['NTLM', 'Basic realm="r"'], /^Basic /))
    expect(await tags(server, password)).toEqual(['v1'])
  })

  test('a challenge that nobody knows is a refusal', async () => {
    await using server = await scriptedServer(registryScript('Negotiate', /never/, always))
    await expect(tags(server, password)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })

  test('a ready token is sent as it is', async () => {
    await using server = await scriptedServer(registryScript('Bearer realm="http://x",service="y"', 'Bearer ready'))
    expect(await tags(server, { kind: 'registry-token', token: 'ready' })).toEqual(['v1'])
  })

  test('scopes that the registry asks for are added to those that the request needs', async () => {
    const path =
      '/token?service=reg&scope=repository%3Arepo%3Apull&scope=repository%3Aprefix%2Frepo%3Apull&client_id=tsreg'
    await using tokens = await scriptedServer([{ request: { path }, response: { body: { token: 'T' } } }])
    const challenge = bearer(tokens, ',scope="repository:prefix/repo:pull"')
    await using server = await scriptedServer(registryScript(challenge, 'Bearer T'))
    expect(await tags(server)).toEqual(['v1'])
  })

  test('a token serves the requests of its scope until shortly before it expires', async () => {
    let now = 0
    let issued = 0
    await using tokens = await scriptedServer([
      {
        request: { path: tokenPath },
        response: () => ({ body: { token: `T${++issued}`, expires_in: 100 } }),
        times: 2,
      },
    ])
    await using server = await scriptedServer([
      { request: { path: /./, headers: { authorization: /^Bearer T/ } }, response: { body: { tags: [] } }, times: 3 },
      { request: { path: /./ }, response: { status: 401, headers: { 'www-authenticate': bearer(tokens) } } },
    ])
    await using client = openScripted(server.host, { retry: { now: () => now } })
    const list = async () => collectItems(client.registry.repository('repo').tags())
    await list()
    now = 89_000
    await list()
    now = 91_000
    await list()
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer T1',
      'Bearer T1',
      'Bearer T2',
    ])
  })

  test('a token that is refused is replaced once', async () => {
    let issued = 0
    await using tokens = await scriptedServer([
      { request: { path: tokenPath }, response: () => ({ body: { token: `T${++issued}` } }), times: 2 },
    ])
    const refuse = { status: 401, headers: { 'www-authenticate': `${bearer(tokens)},error="invalid_token"` } }
    await using server = await scriptedServer([
      { request: { path: /./, headers: { authorization: undefined } }, response: refuse },
      { request: { path: /./, headers: { authorization: 'Bearer T1' } }, response: { body: { tags: [] } } },
      { request: { path: /./, headers: { authorization: 'Bearer T1' } }, response: refuse },
      { request: { path: /./, headers: { authorization: 'Bearer T2' } }, response: { body: { tags: [] } } },
    ])
    await using client = openScripted(server.host)
    await collectItems(client.registry.repository('repo').tags())
    await collectItems(client.registry.repository('repo').tags())
  })

  test('requests at the same time share one token', async () => {
    await using tokens = await scriptedServer([
      { request: { path: tokenPath }, response: { body: { token: 'T' }, delayMs: 20 } },
    ])
    const refuse = { status: 401, headers: { 'www-authenticate': bearer(tokens, ',scope="repository:repo:pull"') } }
    await using server = await scriptedServer([
      { request: { path: /./, headers: { authorization: 'Bearer T' } }, response: { body: { tags: [] } }, times: 4 },
      { request: { path: /./, headers: { authorization: undefined } }, response: refuse, times: always },
    ])
    await using client = openScripted(server.host)
    await Promise.all([1, 2, 3, 4].map(() => collectItems(client.registry.repository('repo').tags())))
  })

  test('a push asks for the right to push, a mount also for the right to pull from the source', async () => {
    await using tokens = await scriptedServer([{ request: { path: /^\/token/ }, response: { body: { token: 'T' } } }])
    await using server = await scriptedServer([
      { request: { method: 'POST', path: /mount/, headers: { authorization: 'Bearer T' } }, response: { status: 201 } },
      {
        request: { method: 'POST', path: /mount/ },
        response: { status: 401, headers: { 'www-authenticate': bearer(tokens) } },
      },
    ])
    await using client = openScripted(server.host)
    const digest = `sha256:${'a'.repeat(64)}` as Parameters<typeof client.registry.findId>[0]
    const target = { mediaType: 'application/octet-stream', digest, size: 1 } as never
    expect(await client.registry.repository('repo').mount(target, 'other')).toBe(true)
    const asked = new URL(tokens.requests[0]?.path ?? '', 'http://x').searchParams.getAll('scope')
    expect(asked).toEqual(['repository:repo:pull,push', 'repository:other:pull'])
  })
})

describe('credentials that cannot be read', () => {
  const broken = async (): Promise<undefined> => {
    throw new ClientError('CREDENTIALS', 'docker-credential-x get: the vault is locked')
  }

  test('do not stop an anonymous pull', async () => {
    await using tokens = await scriptedServer([{ request: { path: tokenPath }, response: { body: { token: 'T' } } }])
    await using server = await scriptedServer(registryScript(bearer(tokens), 'Bearer T'))
    await using client = openScripted(server.host, { credentials: broken })
    expect(await collectItems(client.registry.repository('repo').tags())).toEqual(['v1'])
    expect(client.notices).toMatchObject([{ kind: 'credentials', host: server.host }])
  })

  test.each([
    ['the registry', 'Basic realm="r"', undefined],
    ['the token service', undefined, 401],
  ])('are named when %s wants some', async (_who, challenge, status) => {
    await using tokens = await scriptedServer([
      { request: { path: tokenPath }, response: { status: status ?? 200 }, times: always },
    ])
    await using server = await scriptedServer(registryScript(challenge ?? bearer(tokens), /never/, always))
    await using client = openScripted(server.host, { credentials: broken })
    const list = collectItems(client.registry.repository('repo').tags())
    await expect(list).rejects.toMatchObject({
      code: 'CREDENTIALS',
      message: expect.stringMatching(/the vault is locked/),
    })
  })
})

describe('attack: steal the credentials', () => {
  const secrets = ['canary', Buffer.from('jo:canary-password').toString('base64')]

  function expectNoSecret(server: ScriptedServer): void {
    const seen = JSON.stringify(server.requests.map(({ path, headers, body }) => [path, headers, body.toString()]))
    for (const secret of secrets) expect(seen).not.toContain(secret)
    expect(seen).not.toMatch(/authorization/i)
  }

  test('a redirect to another origin carries none, and its 401 is not answered', async () => {
    await using thief = await scriptedServer([
      { request: { path: '/steal' }, response: { status: 401, headers: { 'www-authenticate': 'Basic realm="give"' } } },
    ])
    await using server = await scriptedServer([
      {
        request: { path: '/v2/', headers: { authorization: /^Basic/ } },
        response: { status: 307, headers: { location: `${thief.url}/steal` } },
      },
      { request: { path: '/v2/' }, response: { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } } },
    ])
    await using client = openScripted(server.host, { credentials: async () => password })
    await expect(client.registry.ping()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect(thief.requests).toHaveLength(1)
    expectNoSecret(thief)
  })

  test('a link to a next page elsewhere is not followed', async () => {
    await using thief = await scriptedServer([])
    await using server = await scriptedServer([
      {
        request: { path: /./ },
        response: { body: { tags: ['a'] }, headers: { link: `<${thief.url}/next>; rel="next"` } },
      },
    ])
    await expect(tags(server, password)).rejects.toMatchObject({ code: 'PROTOCOL' })
    expect(thief.requests).toEqual([])
  })

  test('errors hold neither the secret nor the token', async () => {
    await using tokens = await scriptedServer([
      { request: { path: accountPath }, response: { body: { token: 'canary-token-12345678' } } },
    ])
    await using server = await scriptedServer([
      {
        request: { path: /./, headers: { authorization: /^Bearer/ } },
        response: ({ headers }) => ({
          status: 403,
          body: { errors: [{ code: 'DENIED', message: `you sent ${headers.authorization}` }] },
        }),
      },
      { request: { path: /./ }, response: { status: 401, headers: { 'www-authenticate': bearer(tokens) } } },
    ])
    const error = await tags(server, password).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DENIED' })
    expect(String(error)).not.toContain('canary')
  })
})
