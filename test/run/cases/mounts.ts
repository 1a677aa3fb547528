/**
 * Directories and files of the machine in a container, volumes, memory, and a root file system that cannot be written.
 * @module
 */

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEqual, assertThat } from '../../harness/report.ts'
import type { RunCase } from '../run-case.ts'

export const mountCases: readonly RunCase[] = [
  {
    title: '-v shows a directory of this machine, and what is written there is here',
    check: async ({ say, directory }) => {
      const shown = join(directory, 'shown')
      await mkdir(shown)
      await writeFile(join(shown, 'in'), 'from here\n')
      const words = ['sh', '-c', 'cat /data/in; echo from there > /data/out']
      assertEqual(await say('run', '--rm', '-v', `${shown}:/data`, 'busybox', ...words), 'from here\n', 'the output')
      assertEqual(await readFile(join(shown, 'out'), 'utf8'), 'from there\n', 'the file')
    },
  },
  {
    title: '-v with :ro cannot be written',
    check: async ({ type, directory }) => {
      await writeFile(join(directory, 'in'), 'from here\n')
      const words = ['sh', '-c', 'cat /data/in; echo no > /data/out']
      const { status, stdout, stderr } = await type(['run', '--rm', '-v', `${directory}:/data:ro`, 'busybox', ...words])
      assertEqual(status, 1, 'the exit status')
      assertEqual(stdout, 'from here\n', 'the output')
      assertThat(stderr.includes("can't create /data/out: Read-only file system"), `it says ${stderr}`)
    },
  },
  {
    title: '-v makes a directory of this machine that is not there',
    check: async ({ say, directory }) => {
      const missing = join(directory, 'not', 'there')
      assertEqual(await say('run', '--rm', '-v', `${missing}:/data`, 'busybox', 'ls', '/data'), '', 'the output')
      assertThat((await stat(missing)).isDirectory(), `${missing} is no directory`)
    },
  },
  {
    title: '-v shows a single file, at a place that the image does not have',
    check: async ({ say, directory }) => {
      const file = join(directory, 'settings')
      await writeFile(file, 'one\n')
      const words = ['sh', '-c', 'cat /opt/app/settings; echo two >> /opt/app/settings']
      assertEqual(
        await say('run', '--rm', '-v', `${file}:/opt/app/settings`, 'busybox', ...words),
        'one\n',
        'the output',
      )
      assertEqual(await readFile(file, 'utf8'), 'one\ntwo\n', 'the file')
    },
  },
  {
    title: '-v within another one is seen, in whatever order they are typed',
    check: async ({ say, directory }) => {
      for (const name of ['outer', 'inner']) {
        await mkdir(join(directory, name))
        await writeFile(join(directory, name, name), '')
      }
      const inner = ['-v', `${join(directory, 'inner')}:/data/inner`]
      const outer = ['-v', `${join(directory, 'outer')}:/data`]
      const seen = await say('run', '--rm', ...inner, ...outer, 'busybox', 'find', '/data', '-type', 'f')
      assertEqual(seen.split('\n').filter(Boolean).toSorted().join(' '), '/data/inner/inner /data/outer', 'the files')
    },
  },
  {
    title: '-v with the destination alone is empty, can be written, and is gone with --rm',
    check: async ({ say }) => {
      const words = ['sh', '-c', 'ls -A /data; touch /data/file; ls /data']
      for (let times = 0; times < 2; times += 1) {
        assertEqual(await say('run', '--rm', '-v', '/data', 'busybox', ...words), 'file\n', 'the output')
      }
    },
  },
  {
    title: '-v with the destination alone begins with what the image has there',
    check: async ({ say }) => {
      const seen = await say('run', '--rm', '-v', '/home', '-v', '/etc', 'busybox', 'ls', '/etc/passwd')
      assertEqual(seen, '/etc/passwd\n', 'the output')
    },
  },
  {
    title: '-v of a relative destination, of /, of too many parts and of an unknown mode is refused',
    check: async ({ fail }) => {
      const refused: readonly (readonly [string, string | RegExp])[] = [
        ['/tmp:data', /mount path must be absolute/],
        ['/tmp:/', /destination can't be '\/'/],
        ['/tmp:/data:ro:rw', /invalid volume specification|invalid mode/],
        ['/tmp:/data:read', /invalid mode: read/],
      ]
      for (const [volume, says] of refused) {
        await fail({ status: 125, says }, 'run', '--rm', '-v', volume, 'busybox', 'true')
      }
    },
  },
  {
    title: 'two mounts at one place are refused, however it is written',
    check: async ({ fail, directory }) => {
      const shown = `${directory}:/data`
      for (const flags of [
        ['-v', shown, '-v', `${directory}:/data/../data/`],
        ['-v', shown, '--tmpfs', '/data'],
      ]) {
        await fail({ status: 125, says: 'Duplicate mount point: /data' }, 'run', '--rm', ...flags, 'busybox', 'true')
      }
    },
  },
  {
    title: '-v with a name in place of a directory is refused, and says what to write',
    notDocker: 'it has volumes with names',
    check: async ({ fail, directory }) => {
      const told = await fail(
        { status: 125, says: 'named volumes are not built: "data:/data"' },
        ...['run', '--rm', '-v', 'data:/data', 'busybox', 'true'],
      )
      assertThat(told.includes(`for example ${directory}/data:/data`), `it says ${told}`)
    },
  },
  {
    title: '--tmpfs is empty, in memory, and as large as asked for',
    check: async ({ say }) => {
      const words = ['sh', '-c', "ls -A /etc; grep ' /etc ' /proc/mounts"]
      const seen = await say('run', '--rm', '--tmpfs', '/etc:size=1m,mode=700', 'busybox', ...words)
      const options = /^tmpfs \/etc tmpfs (\S+) 0 0$/m.exec(seen)?.[1]?.split(',') ?? []
      for (const option of ['rw', 'nosuid', 'nodev', 'noexec', 'size=1024k', 'mode=700']) {
        assertThat(options.includes(option), `${option} is not among ${options}; output ${seen}`)
      }
    },
  },
  {
    title: '--read-only lets nothing be written but mounts',
    check: async ({ type, directory }) => {
      const flags = ['--read-only', '--tmpfs', '/run', '-v', `${directory}:/data`]
      const script = 'touch /run/a /data/b && echo mounts; touch /c || touch /etc/hosts'
      const { status, stdout, stderr } = await type(['run', '--rm', ...flags, 'busybox', 'sh', '-c', script])
      assertEqual(stdout, 'mounts\n', 'the output')
      assertEqual(status, 1, 'the exit status')
      for (const path of ['/c', '/etc/hosts']) {
        assertThat(stderr.includes(`touch: ${path}: Read-only file system`), `it says ${stderr}`)
      }
    },
  },
]
