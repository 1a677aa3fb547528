/**
 * The time of everything that a build makes, so that the same inputs give the same image whenever they are built.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'
import type { SourceTree } from './context/source-tree.ts'
import type { Plan } from './plan.ts'

export interface BuildTimeOptions extends OperationOptions {
  readonly sourceDateEpoch?: number | undefined
  readonly dockerfileTime?: number | undefined
}

/** A context that knows how old its files are. */
export interface DatedTree extends SourceTree {
  /** The latest modification time of its files and links, in seconds since 1970; undefined when it has none. */
  newestTime(options?: OperationOptions): Promise<number | undefined>
}

/**
 * In whole seconds since 1970: `SOURCE_DATE_EPOCH` if given, else the time of the newest file of the context, the Dockerfile
 * among them. Where no instruction copies from the context it is not looked at, and the Dockerfile alone counts. Where there
 * is no file at all it is now: nothing tells another time. File systems have times that dates of four digits have not: they
 * count as the nearest that is one.
 */
export async function buildTime(
  plan: Plan,
  context: DatedTree | undefined,
  { sourceDateEpoch, dockerfileTime, signal }: BuildTimeOptions,
): Promise<number> {
  if (sourceDateEpoch !== undefined) return within(sourceDateEpoch)
  const contextTime =
    context !== undefined && copiesFromContext(plan) ? await context.newestTime({ signal }) : undefined
  const times = [contextTime, dockerfileTime].filter((time) => time !== undefined)
  return within(Math.floor(times.length === 0 ? Date.now() / 1000 : Math.max(...times)))
}

/** The last second of the year 9999. */
const latest = 253_402_300_799

function within(time: number): number {
  return Math.min(Math.max(time, 0), latest)
}

function copiesFromContext({ stages }: Plan): boolean {
  return stages.some(({ instructions }) =>
    instructions.some(
      (instruction) => instruction.kind === 'ADD' || (instruction.kind === 'COPY' && instruction.from === undefined),
    ),
  )
}
