/**
 * `npm run test:hostile`: build contexts, Dockerfiles and images that are made to do harm, given to the real command. A
 * tree outside is compared before and after, and its secrets are looked for in everything that was printed and kept.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { tar } from '@tsreg/testkit'
import { mountsBelow } from '../harness/mounts.ts'
import { assertEqual } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'
import type { Attack } from './attack.ts'
import { sections } from './cases/all.ts'
import { openStage } from './stage.ts'

/** Commands wait for disks more than for processors. */
const atOnce = 3

const flags = { only: { type: 'string' } } as const

await runSuite({ script: 'test:hostile', tools: ['busybox', 'runc', 'bzip2', 'xz'], flags }, async (context) => {
  const { report, directory, flags, record } = context
  const stage = await openStage({ directory, base: [await smallBase()] })
  try {
    for (const [title, attacks] of Object.entries(sections)) {
      report.section(title)
      const wanted = attacks.filter((attack) => String(attack.title).includes(String(flags.only ?? '')))
      await inParallel(wanted, atOnce, (attack) => report.check(attack.title, () => stage.play(attack)))
    }
  } finally {
    await stage.close()
  }
  await report.check('nothing is left mounted', async () => {
    assertEqual((await mountsBelow(directory)).join(' '), '', 'the list of mounts')
  })
  record({ attacks: Object.values(sections).flat().length })
})

/** A shell and what it can do, in one layer. */
async function smallBase(): Promise<Uint8Array> {
  const applets = ['sh', 'cat', 'ls', 'id', 'ln', 'rm', 'mkdir', 'echo', 'pwd', 'true', 'printf', 'mkfifo']
  return tar([
    ...['bin/', 'etc/', 'tmp/'].map((name) => ({ name, type: 'directory' }) as const),
    { name: 'bin/busybox', content: await readFile(toolPath('busybox')), mode: 0o755 },
    ...applets.map((name) => ({ name: `bin/${name}`, type: 'symlink', linkName: 'busybox' }) as const),
    { name: 'etc/passwd', content: 'root:x:0:0:root:/:/bin/sh\nworker:x:1000:1000::/:/bin/sh\n' },
    { name: 'etc/group', content: 'root:x:0:\nworker:x:1000:\n' },
  ])
}

async function inParallel(
  attacks: readonly Attack[],
  count: number,
  work: (attack: Attack) => Promise<unknown>,
): Promise<void> {
  const pending = attacks.values()
  const worker = async () => {
    for (const attack of pending) await work(attack)
  }
  await Promise.all(Array.from({ length: count }, worker))
}
