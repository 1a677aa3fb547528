/**
 * The rows of the S3 part, in interleaved pairs of turns: A B, B A.
 * @module
 */
import type { Content } from './content.ts'
import type { Scale } from './lines.ts'
import { type Row, ratedRow } from './row.ts'
import { type S3Field, type S3Turn, startS3Field } from './s3-field.ts'
import { type S3Line, s3Lines } from './s3-lines.ts'
import { type S3ServerName, s3ServerNames } from './s3-servers.ts'
import type { StartOptions } from './servers.ts'

export interface S3RowsOptions {
  readonly start: Omit<StartOptions, 'logs'>
  readonly scale: Scale
  readonly isWanted: (name: string) => boolean
  /** Of two pairs of turns each. */
  readonly rounds: number
  readonly content: Content
}

/** Line by line. Starts nothing when no line is wanted. */
export async function* s3Rows(options: S3RowsOptions): AsyncGenerator<readonly Row[]> {
  const { start, scale, isWanted, rounds, content } = options
  let field: S3Field | undefined
  try {
    for (const line of s3Lines(scale).filter(({ name }) => isWanted(name))) {
      const turns: Turns = { tsreg: [], distribution3: [] }
      for (let pair = 0; pair < rounds * 2; pair++) {
        if (line.fresh) {
          await field?.stop()
          field = undefined
        }
        const isNew = field === undefined
        field ??= await startS3Field(start, content)
        if (isNew || pair === 0) for (const name of s3ServerNames) await field.turn(name, line.warmUp)
        const order = pair % 2 === 0 ? s3ServerNames : s3ServerNames.toReversed()
        for (const name of order) turns[name].push(await field.turn(name, line.load))
      }
      yield rowsOf(line, turns)
    }
  } finally {
    await field?.stop()
  }
}

type Turns = Record<S3ServerName, S3Turn[]>

function rowsOf({ name, unit, goal, countsStore }: S3Line, { tsreg, distribution3 }: Turns): readonly Row[] {
  const compare = (per: string, value: (turn: S3Turn) => number, bar?: number) =>
    ratedRow({
      ...{ name, unit: `${unit}/${per}`, goal: bar },
      ...{ ours: tsreg.map(value), peerName: 'distribution3', peer: distribution3.map(value) },
    })
  return [
    compare('s', (turn) => turn.perSecond, goal),
    compare('CPU-s', (turn) => turn.perCpuSecond),
    ...(countsStore ? [compare('store CPU-s', (turn) => turn.perStoreCpuSecond)] : []),
  ]
}
