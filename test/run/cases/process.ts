/**
 * What the process of a container sees: directory, user, environment, hostname.
 * @module
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual } from '../../harness/report.ts'
import type { RunCase } from '../run-case.ts'

export const processCases: readonly RunCase[] = [
  {
    title: 'the exit code of the command is that of run',
    check: async ({ type }) => {
      const { status } = await type(['run', '--rm', 'busybox', 'sh', '-c', 'exit 42'])
      assertEqual(status, 42, 'the exit status')
    },
  },
  {
    title: '-w makes the working directory and starts the command there',
    check: async ({ say }) => {
      assertEqual(await say('run', '--rm', '-w', '/one/two', 'busybox', 'pwd'), '/one/two\n', 'the directory')
      const owner = await say('run', '--rm', '-w', '/one/two', '-u', '1000', 'busybox', 'stat', '-c', '%u %a', '.')
      assertEqual(owner, '0 755\n', 'owner and mode of the directory')
    },
  },
  {
    title: '-w must be absolute',
    check: ({ fail }) =>
      fail(
        {
          status: 125,
          says: "the working directory 'one' is invalid, it needs to be an absolute path",
        },
        ...['run', '--rm', '-w', 'one', 'busybox', 'pwd'],
      ),
  },
  {
    title: '-u takes a name of the image, with its groups and its home',
    check: async ({ say }) => {
      const seen = await say('run', '--rm', '-u', 'worker', 'busybox', 'sh', '-c', 'id; echo $HOME')
      assertEqual(
        seen,
        'uid=1000(worker) gid=1000(worker) groups=50(staff),1000(worker)\n/home/worker\n',
        'what the user sees',
      )
    },
  },
  {
    title: '-u takes numbers that the image does not know',
    check: async ({ say }) => {
      const seen = await say('run', '--rm', '-u', '4321:55', 'busybox', 'sh', '-c', 'id -u; id -g; echo $HOME')
      assertEqual(seen, '4321\n55\n/\n', 'what the user sees')
    },
  },
  {
    title: '-u with a name that the image does not know fails',
    check: ({ fail }) =>
      fail(
        {
          status: 125,
          says: 'unable to find user nobody-here: no matching entries in passwd file',
        },
        ...['run', '--rm', '-u', 'nobody-here', 'busybox', 'id'],
      ),
  },
  {
    title: '-e sets variables, takes them from here, and the last of a name counts',
    check: async ({ type }) => {
      const words = ['-e', 'A=1', '-e', 'A=2', '-e', 'FROM_HERE', '-e', 'NOT_HERE', '-e', 'EMPTY=']
      const { stdout } = await type(['run', '--rm', ...words, 'busybox', 'env'], { env: { FROM_HERE: 'a b=c' } })
      const seen = stdout.split('\n').filter((line) => /^(A|FROM_HERE|NOT_HERE|EMPTY)=/.test(line))
      assertEqual(seen.toSorted().join('\n'), 'A=2\nEMPTY=\nFROM_HERE=a b=c', 'the variables')
    },
  },
  {
    title: '--env-file sets a variable for each line, and -e wins over it',
    check: async ({ say, directory }) => {
      await writeFile(join(directory, 'variables'), '# a comment\nA=1\n\nB=with blanks \nC=3\nNODE_OPTIONS=--no\n')
      const env = await say('run', '--rm', '-e', 'C=4', '--env-file', 'variables', 'busybox', 'env')
      const seen = env.split('\n').filter((line) => /^[ABC]=/.test(line))
      assertEqual(seen.toSorted().join('\n'), 'A=1\nB=with blanks \nC=4', 'the variables')
    },
  },
  {
    title: 'a file of --env-file that is not there, or has a name with a blank, is refused',
    check: async ({ fail, directory }) => {
      const run = (file: string) => ['run', '--rm', '--env-file', file, 'busybox', 'env']
      await fail({ status: 125, says: 'missing' }, ...run('missing'))
      await writeFile(join(directory, 'wrong'), 'A B=1\n')
      await fail({ status: 125, says: "variable 'A B' contains whitespaces" }, ...run('wrong'))
    },
  },
  {
    title: '--stop-signal that there is not is refused',
    check: ({ fail }) =>
      fail(
        { status: 125, says: 'Invalid signal: BOGUS' },
        ...['run', '--rm', '--stop-signal', 'BOGUS', 'busybox', 'true'],
      ),
  },
  {
    title: '--hostname names the machine; without it the short ID does',
    check: async ({ say }) => {
      const seen = await say(
        'run',
        '--rm',
        '--hostname',
        'ship.example',
        'busybox',
        'sh',
        '-c',
        'hostname; cat /etc/hostname',
      )
      assertEqual(seen, 'ship.example\nship.example\n', 'the name')
      assertEqual(
        await say('run', '--name', 'unnamed', 'busybox', 'hostname'),
        await shortId(say, 'unnamed'),
        'the name',
      )
    },
  },
  {
    title: '--entrypoint replaces the program and the words behind the image stay its arguments',
    check: async ({ say }) => {
      const seen = await say('run', '--rm', '--entrypoint', '/bin/echo', 'busybox', 'a b', 'c')
      assertEqual(seen, 'a b c\n', 'the output')
    },
  },
  {
    title: 'a command that is not there ends with 127, one that cannot be executed with 126',
    check: async ({ fail }) => {
      await fail(
        { status: 127, says: 'exec: "no-such-program": executable file not found in $PATH' },
        ...['run', '--rm', 'busybox', 'no-such-program'],
      )
      await fail({ status: 126, says: 'permission denied' }, 'run', '--rm', 'busybox', '/etc/passwd')
    },
  },
]

async function shortId(say: (...words: readonly string[]) => Promise<string>, name: string): Promise<string> {
  return say('ps', '-a', '--filter', `name=${name}`, '--format', '{{.ID}}')
}
