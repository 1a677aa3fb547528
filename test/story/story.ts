/**
 * The story, line by line.
 * @module
 */

import { assertEqual, assertThat, type Report } from '../harness/report.ts'
import { buildLines, type Format, formatFlags, type Step, taggedLines } from './formats.ts'
import { expectLines, type Names } from './lines.ts'
import { openStage, type Stage } from './stage.ts'
import { expectTable } from './tables.ts'

export interface StoryOptions {
  readonly report: Report
  /** Fresh. */
  readonly directory: string
  /** The base image, an OCI layout, and the names in its root directory. */
  readonly base: { readonly layout: string; readonly rootNames: readonly string[] }
  readonly format: Format
}

/** Plays it; each sentence of the story is a check, and the first that fails is the last. */
export async function tellStory({ report, directory, base, format }: StoryOptions): Promise<void> {
  const stage = await openStage(directory, base.layout)
  const scene: Scene = { ...stage, format, rootNames: base.rootNames }
  try {
    let names: Names = { host: stage.host }
    for (const [title, part] of parts) {
      const passed = await report.check(title, async () => {
        names = { ...names, ...(await part(scene, names)) }
      })
      if (!passed) return
    }
  } finally {
    await stage.close()
  }
}

interface Scene extends Stage {
  readonly format: Format
  readonly rootNames: readonly string[]
}

/** Returns what it learned for the parts after it. */
type Part = (scene: Scene, names: Names) => Promise<Names>

async function pull({ say }: Scene, names: Names): Promise<Names> {
  return expectLines(
    await say('pull', 'centos:centos5'),
    [
      'centos5: Pulling from centos',
      '<id:layer>: Pulling fs layer',
      '...',
      'Digest: <digest>',
      'Status: Downloaded newer image for centos:centos5',
      '<host>/centos:centos5',
    ],
    names,
  )
}

async function listTheBase({ say }: Scene, names: Names): Promise<Names> {
  return expectTable(await say('images'), imageTitles, [baseRow], names)
}

const imageTitles = ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE']
const baseRow = ['centos', 'centos5', '<id:base>', '<baseAge> ago', '<baseSize>']

const dockerfile = 'FROM centos:centos5\nCMD ["-l"]\nENTRYPOINT ["ls"]\n'

const from: Step = { text: 'FROM centos:centos5', image: 'base' }
const cmd: Step = { text: 'CMD ["-l"]', classicText: 'CMD -l', image: 'step' }
const entrypoint: Step = { text: 'ENTRYPOINT ["ls"]', classicText: 'ENTRYPOINT ls', image: 'image' }

async function build({ say, write, format }: Scene, names: Names): Promise<Names> {
  await write('Dockerfile', dockerfile)
  const steps = [from, { ...cmd, ran: { container: 'one' } }, { ...entrypoint, ran: { container: 'two' } }]
  const learned = expectLines(await say('build', ...formatFlags(format), '.'), buildLines(format, steps), names)
  const images = [learned.base, learned.step, learned.image]
  assertEqual(new Set(images).size, 3, 'the number of different images')
  return learned
}

async function buildAgain({ say, format }: Scene, names: Names): Promise<Names> {
  const lines = buildLines(format, [from, cmd, entrypoint])
  return expectLines(await say('build', ...formatFlags(format), '.'), lines, names)
}

async function listBoth({ say }: Scene, names: Names): Promise<Names> {
  const built = ['<none>', '<none>', '<id:image>', '<age> ago', '<size>']
  const learned = expectTable(await say('images'), imageTitles, [built, baseRow], names)
  assertEqual(learned.size, learned.baseSize, 'the size of an image without a layer of its own')
  return learned
}

async function runIt({ say, rootNames }: Scene, names: Names): Promise<Names> {
  const [total = '', ...lines] = (await say('run', names.image ?? '')).trimEnd().split('\n')
  assertThat(/^total \d+$/.test(total), `the first line is ${total}`)
  const listed = lines.map((line) => / (\S+)(?: -> \S+)?$/.exec(line)?.[1] ?? line)
  assertEqual(listed.toSorted().join(' '), rootNames.join(' '), 'the list of names in the root directory')
  return {}
}

async function listContainers({ say }: Scene, names: Names): Promise<Names> {
  const row = ['<id:container>', '<id:image>', '"ls -l"', '<created> ago', 'Exited (0) <ended> ago', '', '<name>']
  const learned = expectTable(await say('ps', '-a'), containerTitles, [row], names)
  assertThat(/^[a-z]+_[a-z]+$/.test(learned.name ?? ''), `the name is ${learned.name}`)
  return learned
}

const containerTitles = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES']

async function removeIt({ say }: Scene, { name = '' }: Names): Promise<Names> {
  assertEqual(await say('rm', name), `${name}\n`, 'the output of rm')
  expectLines(joinTitles(await say('ps', '-a')), [containerTitles.join(' ')])
  return {}
}

/** By its short ID this time, of another run. */
async function removeAnother({ say }: Scene, names: Names): Promise<Names> {
  await say('run', names.image ?? '', '-d', '/etc')
  const id = (await say('ps', '-a', '-q')).trim()
  assertThat(/^[0-9a-f]{12}$/.test(id), `ps -a -q prints ${id}`)
  assertEqual(await say('rm', id), `${id}\n`, 'the output of rm')
  return {}
}

function joinTitles(head: string): string {
  return head.trimEnd().replaceAll(/ {3,}/g, ' ')
}

async function buildWithLayers({ say, write, format }: Scene, names: Names): Promise<Names> {
  await write('note.txt', 'a note\n')
  await write(
    'Dockerfile',
    'FROM centos:centos5\nRUN echo made; echo built > /built\nCOPY note.txt /note.txt\nENTRYPOINT ["cat", "/built"]\nCMD ["/note.txt"]\n',
  )
  const steps: readonly Step[] = [
    from,
    {
      text: 'RUN echo made; echo built > /built',
      image: 'runImage',
      ran: { container: 'runContainer', output: ['made'] },
    },
    { text: 'COPY note.txt /note.txt', image: 'copyImage', made: true },
    {
      text: 'ENTRYPOINT ["cat", "/built"]',
      classicText: 'ENTRYPOINT cat /built',
      image: 'entrypointImage',
      ran: { container: 'entrypointContainer' },
    },
    { text: 'CMD ["/note.txt"]', classicText: 'CMD /note.txt', image: 'notes', ran: { container: 'cmdContainer' } },
  ]
  const output = await say('build', ...formatFlags(format), '-t', 'mine/notes:1', '.')
  const learned = expectLines(
    output,
    [...buildLines(format, steps, 'notesSize'), ...taggedLines(format, 'mine/notes:1')],
    names,
  )
  assertEqual(await say('run', '--rm', 'mine/notes:1'), 'built\na note\n', 'what the container says')
  return learned
}

async function push({ say, requests }: Scene, names: Names): Promise<Names> {
  const before = (await requests()).length
  const learned = expectLines(
    await say('push', 'mine/notes:1'),
    ['The push refers to repository [<host>/mine/notes]', '...', '1: digest: <pushed> size: <bytes>'],
    names,
  )
  const uploads = (await requests())
    .slice(before)
    .filter((request) => /^PUT \/v2\/mine\/notes\/blobs\/uploads\/\S+ 201$/.test(request))
  assertEqual(uploads.length, 3, 'the number of uploads, of two layers and a config,')
  return learned
}

async function failAndLook({ type, say, write, format }: Scene): Promise<Names> {
  await write('Dockerfile', 'FROM centos:centos5\nRUN echo good > /good\nRUN exit 13\n')
  const { status, stdout, stderr } = await type('build', ...formatFlags(format), '.')
  assertEqual(status, format === 'classic' ? 1 : 13, 'the exit status')
  const words = format === 'classic' ? 'The command [/bin/sh -c exit 13]' : "The command '/bin/sh -c exit 13'"
  assertThat(`${stdout}${stderr}`.includes(`${words} returned a non-zero code: 13`), `it says ${stderr}`)
  const lastGood = /tsreg run .*?\b([0-9a-f]{12})\b/.exec(`${stdout}${stderr}`)?.[1]
  assertThat(lastGood, `there is no line with tsreg run and the last good image in:\n${stdout}${stderr}`)
  assertEqual(await say('run', '--rm', lastGood, 'cat', '/good'), 'good\n', 'what the last good image holds')
  return {}
}

const parts: readonly (readonly [string, Part])[] = [
  ['tsreg pull centos:centos5', pull],
  ['tsreg images lists the base', listTheBase],
  ['tsreg build . names an image and a container for each step', build],
  ['a second build answers "Using cache" for each step', buildAgain],
  ['tsreg images shows <none> for the new one', listBoth],
  ['tsreg run <id> lists the root directory', runIt],
  ['tsreg ps -a shows image, command, age, "Exited (0)" and a two-word name', listContainers],
  ['tsreg rm removes it and echoes its name', removeIt],
  ['tsreg rm removes another and echoes its short ID', removeAnother],
  ['tsreg build -t makes layers, and the image runs', buildWithLayers],
  ['tsreg push sends only the built layers', push],
  ['a failing step says how to run the last good image', failAndLook],
]
