/**
 * Reads what the conformance program reports: the counts on stdout, and the status lines of results.yaml.
 * @module
 */

export interface Outcome {
  /** The word behind `OCI Conformance Result:`; undefined when the program never got there. */
  readonly result: string | undefined
  readonly passed: number
  readonly failed: number
  readonly errors: number
  readonly skipped: number
  readonly total: number
  /** Names reported with that status, of tests, APIs and data groups. */
  withStatus(status: string): readonly string[]
}

/** Takes the program's stdout, whose summary repeats what results.yaml holds, and lists every test in a tree. */
export function readOutcome(stdout: string): Outcome {
  const lines = stdout.split('\n')
  const count = (label: string) => Number(lines.map((line) => countLine(line, label)).find(Boolean) ?? Number.NaN)
  return {
    result: /^OCI Conformance Result: (\w+)$/m.exec(stdout)?.[1],
    passed: count('Pass'),
    failed: count('FAIL'),
    errors: count('Error'),
    skipped: count('Skip'),
    total: count('Total'),
    withStatus: (status) => lines.flatMap((line) => nameWithStatus(line, status)),
  }
}

/** The status of every API and data group in results.yaml, by name. */
export function readResultsFile(yaml: string): ReadonlyMap<string, string> {
  const sections = yaml.slice(yaml.search(/^apis:$/m))
  const entries = [...sections.matchAll(/^ {2}([^:\n]+): (\w+)$/gm)]
  return new Map(entries.map(([, name = '', status = '']) => [name, status]))
}

function countLine(line: string, label: string): string | undefined {
  return new RegExp(`^  ${label}\\.+: +(\\d+)$`).exec(line)?.[1]
}

/** A line of the tree (`    OCI Conformance Test/…: Pass`) or of the tables (`  Blob mount........:    Pass`). */
function nameWithStatus(line: string, status: string): readonly string[] {
  const found = /^ *(OCI Conformance Test\S? ?.*): (\w+)$/.exec(line) ?? /^ {2}(.*?)\.+: +([A-Za-z]+)$/.exec(line)
  return found?.[1] !== undefined && found[2] === status ? [found[1]] : []
}
