/**
 * Names and IDs of containers: chosen, drawn, taken, changed, cut short.
 * @module
 */

import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase, Scene } from '../run-case.ts'

export const nameCases: readonly RunCase[] = [
  {
    title: '--name that another container has is refused, names it, and makes nothing',
    check: async ({ say, fail }) => {
      const id = (await say('create', '--name', 'taken', 'busybox', 'true')).trim()
      const says =
        `Conflict. The container name "/taken" is already in use by container "${id}". ` +
        'You have to remove (or rename) that container to be able to reuse that name.'
      await fail({ status: 125, says }, 'run', '--name', 'taken', 'busybox', 'true')
      await fail({ status: 125, says, dockerStatus: 1 }, 'create', '--name', 'taken', 'busybox', 'true')
      assertEqual(await say('ps', '-a', '-q', '--no-trunc'), `${id}\n`, 'the list of containers')
    },
  },
  {
    title: '--name goes to one of several that ask for it at once, and the others make nothing',
    check: async ({ say, type }) => {
      const words = ['create', '--name', 'wanted', 'busybox', 'true']
      const results = await Promise.all(Array.from({ length: 5 }, () => type(words)))
      const winners = results.filter(({ status }) => status === 0)
      assertEqual(winners.length, 1, 'the number of those that got it')
      for (const { status, stderr } of results) {
        assertThat(
          status === 0 || stderr.includes('The container name "/wanted" is already in use'),
          `it says ${stderr}`,
        )
      }
      assertEqual(await say('ps', '-a', '-q', '--no-trunc'), winners[0]?.stdout ?? '', 'the list of containers')
    },
  },
  {
    title: '--name can be used again when its container is gone',
    check: async ({ say }) => {
      for (let times = 0; times < 2; times += 1) await say('run', '--rm', '--name', 'again', 'busybox', 'true')
      await say('create', '--name', 'again', 'busybox', 'true')
      await say('rm', 'again')
      await say('create', '--name', 'again', 'busybox', 'true')
    },
  },
  {
    title: '--name of other characters, and of one alone, is refused',
    check: async ({ fail }) => {
      for (const name of ['a b', '-a', 'a/b', 'a']) {
        const says = `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`
        await fail({ status: 125, says, dockerStatus: 1 }, 'create', `--name=${name}`, 'busybox', 'true')
      }
    },
  },
  {
    title: 'rename gives the name to the container and frees the old one',
    check: async ({ say, fail }) => {
      const id = await say('create', '--name', 'before', 'busybox', 'true')
      assertEqual(await say('rename', 'before', 'after'), '', 'the output')
      assertEqual(
        await say('inspect', '--format', '{{.Id}} {{.Name}}', 'after'),
        `${id.trim()} /after\n`,
        'what is told',
      )
      await fail({ status: 3, says: 'No such container: before', dockerStatus: 1 }, 'stop', 'before')
      await say('create', '--name', 'before', 'busybox', 'true')
      const names = await say('ps', '-a', '--format', '{{.Names}}')
      assertEqual(names, 'before\nafter\n', 'the names')
    },
  },
  {
    title: 'a name may be typed with the slash that inspect prints before it',
    check: async ({ say }) => {
      await say('create', '--name', '/one', 'busybox', 'true')
      assertEqual(await say('inspect', '--format', '{{.Name}}', 'one'), '/one\n', 'the name')
      await say('rename', '/one', '/other')
      assertEqual(await say('inspect', '--format', '{{.Name}}', '/other'), '/other\n', 'the name')
      await say('rm', '/other')
    },
  },
  {
    title: 'rename of a running container',
    check: async ({ say }) => {
      await say('run', '-d', '--name', 'before', 'busybox', 'sleep', '600')
      await say('rename', 'before', 'after')
      assertEqual(await say('ps', '--format', '{{.Names}}'), 'after\n', 'the names')
      assertEqual(await say('rm', '-f', 'after'), 'after\n', 'the output')
    },
  },
  {
    title: 'rename to a name that is taken, not valid, or its own changes nothing',
    check: async ({ say, fail }) => {
      await say('create', '--name', 'one', 'busybox', 'true')
      const other = (await say('create', '--name', 'other', 'busybox', 'true')).trim()
      const taken = `The container name "/other" is already in use by container "${other}"`
      await fail({ status: 8, says: taken, dockerStatus: 1 }, 'rename', 'one', 'other')
      const invalid = /Invalid container name \(\/?no no\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\] are allowed/
      await fail({ status: 2, says: invalid, dockerStatus: 1 }, 'rename', 'one', 'no no')
      const same = 'Renaming a container with the same name as its current name'
      await fail({ status: 2, says: same, dockerStatus: 1 }, 'rename', 'one', 'one')
      await fail({ status: 3, says: 'No such container: none', dockerStatus: 1 }, 'rename', 'none', 'some')
      const empty = 'Neither old nor new names may be empty'
      await fail({ status: 2, says: empty, dockerStatus: 1 }, 'rename', 'one', '')
      assertEqual(await say('ps', '-a', '--format', '{{.Names}}'), 'other\none\n', 'the names')
    },
  },
  {
    title: 'a name that nobody has is told as it was typed, and the others are served',
    check: async ({ say, fail, type }) => {
      const verbs = [['start'], ['diff'], ['rm'], ['stop'], ['kill'], ['wait']]
      for (const verb of verbs) {
        const status = verb[0] === 'start' ? 125 : 3
        await fail({ status, says: 'No such container: missing', dockerStatus: 1 }, ...verb, 'missing')
      }
      await say('create', '--name', 'here', 'busybox', 'true')
      const { status, stdout, stderr } = await type(['rm', 'missing', 'here', 'absent'])
      assertEqual(stdout, 'here\n', 'the output')
      assertEqual(status, 1, 'the exit status')
      for (const name of ['missing', 'absent']) {
        assertThat(stderr.includes(`No such container: ${name}\n`), `it says ${stderr}`)
      }
      await say('run', '--rm', 'busybox', 'true')
    },
  },
  {
    title: 'the first digits of an ID will do, and those that several begin with are refused',
    check: async (scene) => {
      const { say, fail } = scene
      const [one, other] = await twoOfOneDigit(scene)
      assertEqual(await say('inspect', '--format', '{{.Id}}', one.slice(0, 12)), `${one}\n`, 'the ID')
      const digit = one.slice(0, 1)
      const says = /[Mm]ultiple IDs found with provided prefix: \w/
      for (const verb of ['inspect', 'diff', 'rm', 'stop'])
        await fail({ status: 8, says, dockerStatus: 1 }, verb, digit)
      await say('rm', other)
      assertEqual(await say('inspect', '--format', '{{.Id}}', one), `${one}\n`, 'the ID')
    },
  },
]

/** There are sixteen digits. */
async function twoOfOneDigit({ say }: Scene): Promise<readonly [string, string]> {
  const known = new Map<string, string>()
  for (let count = 0; count <= 16; count += 1) {
    const id = (await say('create', 'busybox', 'true')).trim()
    const earlier = known.get(id.slice(0, 1))
    if (earlier !== undefined) return [earlier, id]
    known.set(id.slice(0, 1), id)
  }
  throw new Error('seventeen IDs begin with different digits')
}
