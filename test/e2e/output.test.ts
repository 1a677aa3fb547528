/**
 * Help, version and the ends of pipes.
 * @module
 */
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { createProgram, visibleVerbs } from '../../packages/cli/src/program.ts'
import { useSetup } from './setup.ts'

const setup = useSetup({ shared: true })

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const program = createProgram({
  env: {},
  stdin: process.stdin,
  stdout: nowhere,
  stderr: nowhere,
  signal: new AbortController().signal,
})
const verbs = program.commands.map((command) => command.name())
const visible = visibleVerbs(program).map((command) => command.name())

describe('help', () => {
  test('without words lists every verb', async () => {
    const { code, stdout, stderr } = await setup.cli.run()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const verb of visible) expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'))
    // What conmon calls is not for people.
    expect(verbs.filter((verb) => !visible.includes(verb))).toEqual(['container-ended'])
    expect(stdout).not.toContain('container-ended')
  })

  test.each(verbs)('of %s has a usage and, where it does something itself, examples', async (verb) => {
    const [{ code, stdout }, help] = await Promise.all([setup.cli.run(verb, '--help'), setup.cli.run('help', verb)])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: tsreg ${verb}`)
    expect(stdout).toMatch(/^(Examples|Commands):$/m)
    expect(help.stdout).toBe(stdout)
  })
})

test('version tells the version of everything', async () => {
  expect((await setup.cli.run('version')).stdout).toMatch(/^tsreg \d+\.\d+\.\d+ \(node v26\./)
  expect(await setup.cli.json('version')).toMatchObject({ version: expect.any(String), node: process.version })
  expect((await setup.cli.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('a reader that goes away ends the command quietly', async () => {
  const child = setup.cli.start({}, 'help')
  child.stdout?.destroy()
  const errors = child.stderr === null ? '' : text(child.stderr)
  await once(child, 'close')
  expect(await errors).toBe('')
  expect([0, 141]).toContain(child.exitCode)
})
