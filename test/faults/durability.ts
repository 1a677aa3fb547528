/**
 * `npm run test:durability`: `kill -9` loses nothing that the kernel has, so it says nothing about a power cut. Here the
 * server runs under strace, and every 201 and 202 must have been preceded by the syncs that make it true. With
 * `--mutants`, copies of this repository that leave out one of the syncs must be found out.
 * @module
 */

import { mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '../harness/random.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import { freePort, startServer } from '../harness/server.ts'
import { runSuite, type SuiteContext } from '../harness/suite.ts'
import { toolPath } from '../harness/tools.ts'
import { checkMutants } from './durability-mutants.ts'
import { type Exchange, type Journal, readJournal } from './trace/journal.ts'
import { judge, type Verdict } from './trace/judge.ts'
import { type MarkedBlob, pushOneByOne, pushTogether } from './trace/requests.ts'
import { parseTrace, straceCommand } from './trace/system-calls.ts'

await runSuite(
  { script: 'test:durability', tools: ['strace'], flags: { mutants: { type: 'boolean' } } },
  async (context) => {
    const { report, record, scale, seed, flags } = context
    const alone = await traced(context, 'alone', (origin) => pushOneByOne(origin, createRandom(seed, 'alone')))
    await report.check('every 201 and 202 was durable, one request at a time', () => {
      const answers = acknowledging(alone.journal)
      assertEqual(answers.length, alone.result, 'the number of acknowledgements in the trace')
      return summary(answers.map((answer) => judge(alone.journal, answer, { alone: true })))
    })

    const pushers = scale === 'full' ? 16 : 6
    const together = await traced(context, 'together', (origin) =>
      pushTogether(origin, createRandom(seed, 'together'), pushers),
    )
    await report.check(`every 201 was durable, ${pushers} pushers at once`, () => {
      const verdicts = together.result.map((blob) => judgeBlob(together.journal, blob))
      assertThat(
        verdicts.every(({ dataFiles }) => dataFiles > 0),
        'a large blob left no data file in the trace',
      )
      return summary(verdicts)
    })
    const syncs = [...together.journal.files.values()].reduce((sum, file) => sum + file.syncs.length, 0)
    record({
      acknowledgementsAlone: alone.result,
      acknowledgementsTogether: together.result.length,
      syncsTogether: syncs,
    })
    if (flags.mutants === true) record({ mutants: await checkMutants(context) })
  },
)

/** Runs `load` against a server under strace and returns what the trace tells. */
async function traced<T>(
  { directory, server: kind }: SuiteContext,
  name: string,
  load: (origin: string) => Promise<T>,
): Promise<{ readonly result: T; readonly journal: Journal }> {
  const made = join(directory, name)
  await mkdir(made)
  const storage = await realpath(made)
  const trace = `${storage}.strace`
  const server = await startServer({
    kind,
    directory: storage,
    port: await freePort(),
    under: straceCommand(toolPath('strace'), trace),
    readyWithinMs: 60_000,
  })
  try {
    const result = await load(server.url)
    return { result, journal: readJournal(parseTrace(await readFile(trace, 'utf8')), storage) }
  } finally {
    await server.stop()
  }
}

function acknowledging({ exchanges }: Journal): readonly Exchange[] {
  return exchanges.filter(({ status }) => status === 201 || status === 202)
}

function judgeBlob(journal: Journal, { digest, mark }: MarkedBlob): Verdict {
  const answer = acknowledging(journal).find(({ requestLine }) => decodeURIComponent(requestLine).includes(digest))
  assertThat(answer, `the acknowledgement of ${digest} is not in the trace`)
  return judge(journal, answer, { alone: false, concerns: (file) => file.head.startsWith(mark) })
}

function summary(verdicts: readonly Verdict[]): string {
  const problems = verdicts.flatMap((verdict) => verdict.problems)
  assertEqual(
    problems.length,
    0,
    `the number of answers that came too early\n    ${problems.slice(0, 12).join('\n    ')}\n   `,
  )
  return `${verdicts.length} acknowledgements`
}
