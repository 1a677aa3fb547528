/**
 * `npm run test:run`: containers as a person makes, limits, looks at and removes them, each case with a real one.
 *
 * `--cases A,B` chooses cases by how their titles begin; `--engine docker` plays them with docker, which checks the cases
 * themselves.
 * @module
 */

import { join } from 'node:path'
import { makeBusyboxLayout } from '../bases/busybox.ts'
import { layoutTag } from '../bases/layout.ts'
import { run } from '../harness/command.ts'
import { mountsBelow } from '../harness/mounts.ts'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual } from '../harness/report.ts'
import { startServer } from '../harness/server.ts'
import { runSuite } from '../harness/suite.ts'
import { allCases } from './cases/all.ts'
import type { Engine } from './engine.ts'
import { createDocker } from './engines/docker.ts'
import { createTsreg } from './engines/tsreg.ts'
import { playCase } from './scene.ts'

await runSuite(
  {
    script: 'test:run',
    tools: ['busybox', 'runc', 'conmon'],
    flags: { cases: { type: 'string' }, engine: { type: 'string' } },
  },
  async ({ directory, report, record, flags }) => {
    const engine = await openEngine(directory, flags.engine === 'docker' ? createDocker : createTsreg)
    try {
      report.note(engine.version)
      const chosen = typeof flags.cases === 'string' ? flags.cases.split(',') : ['']
      let count = 0
      for (const [section, cases] of Object.entries(allCases)) {
        report.section(section)
        for (const each of cases.filter(({ title }) => chosen.some((begin) => title.startsWith(begin)))) {
          count += 1
          const place = join(directory, `case-${count}`)
          if (engine.name === 'docker' && each.notDocker !== undefined) report.skip(each.title, each.notDocker)
          else await report.check(each.title, () => playCase(each, engine, place))
        }
      }
      await report.check('nothing is left mounted', async () => {
        if (engine.name === 'docker') return
        assertEqual((await mountsBelow(directory)).join(' '), '', 'the list of mounts')
      })
      record({ cases: count, engine: engine.version })
    } finally {
      await engine.close()
    }
  },
)

/** Gives the engine its image by way of a registry, which is not needed any more then. */
async function openEngine(
  directory: string,
  create: (directory: string, host: string) => Promise<Engine>,
): Promise<Engine> {
  const layout = await makeBusyboxLayout(join(directory, 'busybox'))
  const server = await startServer({ kind: 'tsreg', directory: join(directory, 'registry') })
  try {
    const env = { ...process.env, TSREG_HOME: join(directory, 'sender'), TSREG_REGISTRY: server.host }
    await run([join(repositoryRoot, 'tsreg'), 'push', `oci:${layout}:${layoutTag}`, 'busybox'], { env })
    return await create(join(directory, 'engine'), server.host)
  } finally {
    await server.stop()
  }
}
