/**
 * `npm run test:story`: the session of the old days, as a person types it. A base image lies in a registry; it is
 * pulled, built on, run, looked at, removed and pushed, and every line that is printed is compared. Once with a Debian
 * and once with a busybox in place of `centos:centos5`, in the classic format and in the default one.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBases } from '../bases/bases.ts'
import { rootNames } from '../bases/layout.ts'
import { mountsBelow } from '../harness/mounts.ts'
import { assertEqual } from '../harness/report.ts'
import { runSuite } from '../harness/suite.ts'
import { tellStory } from './story.ts'

await runSuite(
  { script: 'test:story', tools: ['debootstrap', 'busybox', 'skopeo', 'runc'] },
  async ({ directory, report, record }) => {
    const bases = await makeBases(directory)
    for (const [name, layout] of Object.entries(bases)) {
      const base = { layout, rootNames: await rootNames(layout) }
      for (const format of ['classic', 'default'] as const) {
        report.section(`${name}, ${format} format`)
        const home = join(directory, `${name}-${format}`)
        await mkdir(home)
        await tellStory({ report, directory: home, base, format })
        await report.check('nothing is left mounted', async () => {
          assertEqual((await mountsBelow(home)).join(' '), '', 'the list of mounts')
        })
      }
    }
    record({ bases: Object.keys(bases), formats: ['classic', 'default'] })
  },
)
