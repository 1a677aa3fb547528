/**
 * The page of differences, `docs/builder-differences.md`, made from the lists that the suite checks. A test keeps the file
 * equal to it; `node test/differential/differences/page.ts > docs/builder-differences.md` writes it anew.
 * @module
 */

import { buildahDifferences } from './buildah.ts'
import type { Difference } from './difference.ts'
import { tsregDifferences } from './tsreg.ts'

/** The whole page. */
export function differencesPage(): string {
  return `# Where builders differ

Made from the lists in \`test/differential/differences\`. \`npm run test:differential\` builds each of its Dockerfiles with tsreg, docker 20.10's classic builder and buildah 1.28
and compares trees, configs, history, failures and cache hits. It fails on a difference that is not listed, and on a listed one that is no longer there.

## tsreg and docker

${table(tsregDifferences)}
## buildah, where tsreg does as docker

${table(buildahDifferences)}`
}

function table(differences: readonly Difference[]): string {
  const rows = differences.map(({ what, reason }) => `| ${what} | ${reason} |\n`)
  return `| what differs | why |\n|---|---|\n${rows.join('')}`
}

if (import.meta.main) process.stdout.write(differencesPage())
