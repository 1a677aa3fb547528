/**
 * runc says on the command's own standard error why it could not run it. The error that is thrown says it already.
 * @module
 */

const beginning = Buffer.from('runc run failed: ')

/** A line of runc is shorter. */
const limit = 64 * 1024

/**
 * The stream without runc's line, which is all there is when the command has not run.
 * @param failed resolves at the end of the stream to whether runc failed
 */
export async function* withoutFailureLine(
  source: AsyncIterable<Uint8Array>,
  failed: Promise<boolean>,
): AsyncIterable<Uint8Array> {
  let held: Uint8Array | undefined = Buffer.alloc(0)
  for await (const chunk of source) {
    if (held === undefined) {
      yield chunk
      continue
    }
    held = Buffer.concat([held, chunk])
    const length = Math.min(held.length, beginning.length)
    if (held.length < limit && beginning.subarray(0, length).equals(held.subarray(0, length))) continue
    yield held
    held = undefined
  }
  if (held !== undefined && held.length > 0 && !(await failed)) yield held
}
