/**
 * `npm run conformance`: the conformance program of distribution-spec main against a fresh registry per profile.
 * @module
 */

import { join } from 'node:path'
import { runSuite } from '../harness/suite.ts'
import { tools } from '../harness/tools.ts'
import { runProfile } from './conformance.ts'
import { profiles } from './profiles.ts'

await runSuite({ script: 'conformance', tools: ['conformance', 'htpasswd'] }, async (context) => {
  const { report, server: kind, directory, record } = context
  const figures: Record<string, unknown> = {}
  for (const profile of profiles) {
    report.section(`profile ${profile.name}`)
    const home = join(directory, profile.name.replaceAll(/\W+/g, '-'))
    figures[profile.name] = await runProfile({ report, kind, home, profile })
  }
  record({ tool: tools.conformance.go, profiles: figures })
})
