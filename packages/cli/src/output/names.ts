/**
 * Long lists of names: a line each as they come, or one JSON document when they all are there.
 * @module
 */
import { type OutputStream, print } from '../invocation.ts'
import { printJson } from './json.ts'
import { printableLine } from './printable.ts'

/** @param document makes the JSON document; undefined prints lines. */
export async function printNames(
  stream: OutputStream,
  names: AsyncIterable<string>,
  document: ((names: readonly string[]) => unknown) | undefined,
): Promise<void> {
  const all: string[] = []
  for await (const name of names) {
    if (document === undefined) await print(stream, `${printableLine(name)}\n`)
    else all.push(name)
  }
  if (document !== undefined) await printJson(stream, document(all))
}
