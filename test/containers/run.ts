/**
 * `npm run test:containers`: containers leave nothing behind. 100 (full: 1,000) `tsreg run --rm` in a row and 50 at once,
 * commands killed at 30 (full: 200) random moments, and builds, conmon and guards killed alone and together: afterwards no
 * mount, process, cgroup or file is there that was not there before, but for containers that `ps -a` shows. And they may do
 * what docker's may.
 *
 * `--rounds N` sets the number of kills of each kind, `--row N` that of the containers in a row.
 * @module
 */

import { join } from 'node:path'
import { mountsBelow } from '../harness/mounts.ts'
import { createRandom } from '../harness/random.ts'
import { runSuite } from '../harness/suite.ts'
import { checkDockerPolicy } from './checks/docker-policy.ts'
import { checkKilledBuilds } from './checks/killed-builds.ts'
import { checkKilledCommands } from './checks/killed-commands.ts'
import { checkKilledParts } from './checks/killed-parts.ts'
import { checkRuns } from './checks/runs.ts'
import { makeHome } from './home.ts'
import { openScene } from './scene.ts'

await runSuite(
  {
    script: 'test:containers',
    tools: ['runc', 'conmon', 'busybox', 'docker', 'dockerd'],
    flags: { rounds: { type: 'string' }, row: { type: 'string' } },
  },
  async ({ directory, report, record, scale, seed, flags }) => {
    const sizes = scale === 'full' ? { row: 1000, kills: 200, others: 40 } : { row: 100, kills: 30, others: 5 }
    const inARow = Number(flags.row ?? sizes.row)
    const kills = Number(flags.rounds ?? sizes.kills)
    const others = Number(flags.rounds ?? sizes.others)
    const home = await makeHome(join(directory, 'work'))
    using scene = await openScene(home)
    const stage = { home, scene, report, random: createRandom(seed, 'containers') }
    report.section('to their end')
    await checkRuns(stage, { inARow, atOnce: 50 })
    report.section('beside docker')
    await checkDockerPolicy(stage)
    report.section('killed')
    const killed = [
      await checkKilledCommands(stage, kills),
      await checkKilledBuilds(stage, others),
      await checkKilledParts(stage, others),
    ]
    record({ inARow, atOnce: 50, ...Object.assign({}, ...killed), containers: scene.ids.size })
    await report.check('nothing is left mounted', async () => {
      const points = await mountsBelow(directory)
      if (points.length > 0) throw new Error(points.join('\n'))
    })
  },
)
