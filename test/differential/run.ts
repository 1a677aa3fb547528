/**
 * `npm run test:differential`: Dockerfiles of our own, built by docker's classic builder, by buildah and by tsreg. File
 * trees, configs, histories and failures must be the same, but for the differences that are listed with their reasons;
 * each of those must still be there.
 *
 * `--cases A,B` chooses cases by how their names begin; `--ours docker|buildah` puts a peer in our place, which shows
 * how the peers differ from each other.
 * @module
 */

import { join } from 'node:path'
import { makeBases } from '../bases/bases.ts'
import { assertThat } from '../harness/report.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import type { BaseLayouts, Builder } from './builder.ts'
import { createBuildah } from './builders/buildah.ts'
import { createDocker } from './builders/docker.ts'
import { createTsreg } from './builders/tsreg.ts'
import { buildCases } from './cases/all.ts'
import { changeCases } from './cases/changes.ts'
import { differences, explanationOf } from './differences/all.ts'
import { type Bench, exerciseCase, exerciseChange } from './exercise.ts'
import type { Finding } from './findings.ts'

const creators: Readonly<Record<string, (directory: string, bases: BaseLayouts) => Promise<Builder>>> = {
  tsreg: createTsreg,
  docker: createDocker,
  buildah: createBuildah,
}

await runSuite(
  {
    script: 'test:differential',
    tools: [
      ...(['docker', 'dockerd', 'buildah', 'skopeo', 'runc', 'conmon', 'debootstrap', 'busybox'] as const),
      ...(['getfattr', 'bzip2', 'xz'] as const),
    ],
    flags: { cases: { type: 'string' }, ours: { type: 'string' } },
  },
  async (context) => {
    const bases = await makeBases(context.directory)
    const builders = await openBuilders(context, { 'base/busybox': bases.busybox, 'base/debian': bases.debian })
    try {
      const [ours, ...peers] = builders
      assertThat(ours, 'there is a builder')
      for (const { name, version } of builders) context.report.note(`${name}: ${version}`)
      await compareAll(context, { directory: context.directory, ours, peers })
      context.record({ builders: builders.map(({ version }) => version) })
    } finally {
      for (const builder of builders) await builder.close()
    }
  },
)

/** The one under test first. */
async function openBuilders({ directory, flags }: SuiteContext, bases: BaseLayouts): Promise<readonly Builder[]> {
  const names = new Set([flags.ours ?? 'tsreg', 'docker', 'buildah'])
  return Promise.all(
    [...names].map((name) => {
      const create = creators[String(name)]
      assertThat(create, `--ours names ${name}: there are ${Object.keys(creators).join(', ')}`)
      return create(join(directory, String(name)), bases)
    }),
  )
}

async function compareAll(context: SuiteContext, bench: Bench): Promise<void> {
  const { report, flags } = context
  const chosen = typeof flags.cases === 'string' ? flags.cases.split(',') : ['']
  const isWanted = ({ name }: { readonly name: string }) => chosen.some((beginning) => name.startsWith(beginning))
  const ran: string[] = []
  const findings: Finding[] = []
  const check = (name: string, exercise: () => Promise<readonly Finding[]>) =>
    report.check(name, async () => {
      ran.push(name)
      const found = await exercise()
      findings.push(...found)
      const unexplained = found.filter((finding) => explanationOf(finding) === undefined)
      assertThat(unexplained.length === 0, describeFindings(bench.ours.name, unexplained))
      return found.length === 0 ? undefined : `${found.length} deliberate differences`
    })
  for (const [topic, cases] of Object.entries(buildCases)) {
    const wanted = cases.filter(isWanted)
    if (wanted.length > 0) report.section(topic)
    for (const build of wanted) await check(build.name, () => exerciseCase(bench, build))
  }
  report.section('cache')
  for (const change of changeCases.filter(isWanted)) await check(change.name, () => exerciseChange(bench, change))
  if (bench.ours.name !== 'tsreg') return
  await checkDifferences(context, ran, findings)
  context.record({ cases: ran.length, deliberateDifferences: differences.length, rowsThatDiffer: findings.length })
}

/** Each listed difference shows somewhere in the cases that ran. */
async function checkDifferences(
  { report }: SuiteContext,
  ran: readonly string[],
  findings: readonly Finding[],
): Promise<void> {
  report.section('deliberate differences')
  for (const difference of differences) {
    const { name, cases, peers, what } = difference
    if (cases === undefined || !cases.some((each) => ran.includes(each))) continue
    await report.check(`${name}: ${what}`, () => {
      for (const peer of peers) {
        const seen = findings.some((finding) => finding.peer === peer && explanationOf(finding) === difference)
        assertThat(seen, `${peer} does as we do now: the list is out of date`)
      }
    })
  }
}

function describeFindings(name: string, findings: readonly Finding[]): string {
  const lines = findings
    .slice(0, 12)
    .map(({ peer, aspect, key, ours, theirs, said = '' }) =>
      `${aspect} ${key}\n      ${name}: ${ours}\n      ${peer}: ${theirs}\n${said.replaceAll(/^/gm, '      ')}`.trimEnd(),
    )
  return [`${findings.length} differences`, ...lines].join('\n    ')
}
