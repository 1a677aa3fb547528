/**
 * Plays with many people, in orders that the seed decides.
 * @module
 */
import { makeIdsPredictable, type Walked, walk, walkPages, walkSoleWriter } from '@tsreg/storage/testing/interleaving'
import { assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'

interface Crowd {
  readonly title: string
  readonly play: (seed: number) => Promise<Walked>
  readonly plays: Readonly<Record<SuiteContext['scale'], number>>
  /** Plays at a time. */
  readonly lanes: number
}

const crowds: readonly Crowd[] = [
  { title: 'crowds', play: walk, plays: { ci: 200, full: 50_000 }, lanes: 1 },
  { title: 'listings of two pages', play: walkPages, plays: { ci: 4, full: 200 }, lanes: 1 },
  // Opening such a store takes time in which nothing happens.
  { title: 'one writer without compare-and-swap', play: walkSoleWriter, plays: { ci: 30, full: 2000 }, lanes: 30 },
]

/** Each seed is one play: `node --conditions=source test/model/play.ts --walk SEED` repeats one of a crowd. */
export async function walkCrowds({ report, scale, seed, record }: SuiteContext): Promise<void> {
  report.section('crowds on the storage code')
  makeIdsPredictable()
  const first = seed % 1_000_000_000
  for (const { title, play, plays, lanes } of crowds) {
    const count = plays[scale]
    let moves = 0
    await report.check(`${title}: ${count} plays, seeds from ${first} on`, async () => {
      for (let at = 0; at < count; at += lanes) {
        const seeds = Array.from({ length: Math.min(lanes, count - at) }, (_, lane) => first + at + lane)
        for (const [lane, { failure, trace, people }] of (await Promise.all(seeds.map(play))).entries()) {
          moves += trace.length
          assertThat(failure === undefined, `seed ${seeds[lane]}: ${people}\n${trace.join('\n')}\n${failure}`)
        }
      }
      return `${moves} operations`
    })
    record({ [title]: { plays: count, operations: moves, firstSeed: first } })
  }
}
