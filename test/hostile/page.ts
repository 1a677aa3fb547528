/**
 * The page of hostile input, `docs/operations/hostile-input.md`, made from the attacks and the mutants. A test keeps the file
 * equal to it; `node test/hostile/page.ts > docs/operations/hostile-input.md` writes it anew.
 * @module
 */

import type { Attack } from './attack.ts'
import { sections } from './cases/all.ts'
import { guardFolders, type HeldGuard, heldGuards } from './guards.ts'

/** The whole page. */
export async function hostilePage(): Promise<string> {
  const attacks = Object.entries(sections).map(([title, list]) => `### ${title}\n\n${attackTable(list)}`)
  const guards: string[] = []
  for (const folder of guardFolders) guards.push(`### ${folder}\n\n${guardTable(await heldGuards(folder))}`)
  return `# Hostile input

Dockerfiles, build contexts, archives and images are taken for what a stranger may have made to do harm. This page says what is tried, which advisory that replays,
what stands against it, and which test fails without it. It is made from the suite and the mutants: \`node test/hostile/page.ts\`.

Three rules carry the rest:

- Nothing is opened by a path that somebody else may change: every step goes from an open directory to a name in it, and no link is followed by the kernel.
- What links say is followed by hand, inside of the context, the image or the archive, whose root is the root.
- What is printed of a stranger's words has no control characters in it; what a container prints is its own affair, as with docker.

Two things are let through on purpose. A device in a layer becomes a device, as with docker: it can be opened only where the runtime allows it. And RUN executes what the
Dockerfile says, as root of a container on the network of the machine: build what you do not trust with \`--network none\`, on a machine of its own.

## Attacks on the command

\`npm run test:hostile\` gives each of these to the real \`tsreg\`, with a registry beside it. A tree outside of everything is compared before and after, name by name, and its
secret is looked for in what was printed and in everything that was kept. \`npm run test:hostile -- --mutants\` plays each against a copy without its guard instead, and
expects it to come to something there.

${attacks.join('\n')}
## Guards

\`npm run mutants\` takes away one guard after the other; the test that is named must fail each time.

${guards.join('\n')}`
}

function attackTable(attacks: readonly Attack[]): string {
  const rows = attacks.map(({ title, advisory, guard, mutant }) => {
    const [file = '', name = ''] = guard.split(' ')
    return `| ${title} | ${advisory} | \`${name}\` in ${link(file)} | ${link(`test/mutants/${mutant}.patch`)} |\n`
  })
  return `| attack | replays | guard | mutant |\n|---|---|---|---|\n${rows.join('')}`
}

function guardTable(guards: readonly HeldGuard[]): string {
  const rows = guards.map(
    ({ mutant, breaks, file, test, titles }) =>
      `| ${cell(breaks)} | ${link(file)} | ${link(test)}: ${titles.map(cell).join('; ')} | ${link(`test/mutants/${mutant}.patch`)} |\n`,
  )
  return `| without the guard | guard | test that fails | mutant |\n|---|---|---|---|\n${rows.join('')}`
}

function link(path: string): string {
  return `[${path.slice(path.lastIndexOf('/') + 1).replace(/\.patch$/, '')}](../../${path})`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) process.stdout.write(await hostilePage())
