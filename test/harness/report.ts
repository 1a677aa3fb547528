/**
 * What a suite found: one line per check as it happens, and the closing line `N passed, N failed`.
 * @module
 */

export interface Report {
  section(title: string): void
  /** A line for the reader, no check. */
  note(text: string): void
  /** Runs one check: it passes unless it throws. A text it returns is printed behind the title. Returns whether it passed. */
  check(title: string, check: () => unknown): Promise<boolean>
  /** A check that cannot be made here, with the reason. */
  skip(title: string, reason: string): void
  counts(): { readonly passed: number; readonly failed: number; readonly skipped: number }
  /** Names the failures again and prints the closing line. */
  close(): void
}

export function createReport(print: (line: string) => void = console.log): Report {
  const failures: string[] = []
  let passed = 0
  let skipped = 0
  const counts = () => ({ passed, failed: failures.length, skipped })
  return {
    section: (title) => print(`\n${title}`),
    note: (text) => print(`  ${text}`),
    async check(title, check) {
      const startedMs = performance.now()
      try {
        const detail = await check()
        passed += 1
        print(`  ok    ${title}${typeof detail === 'string' ? ` (${detail})` : ''}${durationSince(startedMs)}`)
        return true
      } catch (error) {
        failures.push(title)
        print(`  FAIL  ${title}${durationSince(startedMs)}\n    ${messageOf(error)}`)
        return false
      }
    },
    skip(title, reason) {
      skipped += 1
      print(`  skip  ${title}: ${reason}`)
    },
    counts,
    close() {
      if (failures.length > 0) print(`\nFailed:\n${failures.map((title) => `- ${title}`).join('\n')}`)
      const { failed } = counts()
      print(`\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`)
    },
  }
}

/** Fails a check. */
export function assertThat(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Fails a check unless both are equal, naming both. */
export function assertEqual<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected)) throw new Error(`${what} is ${String(actual)}, not ${String(expected)}`)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function durationSince(startedMs: number): string {
  const seconds = (performance.now() - startedMs) / 1000
  return seconds < 0.1 ? '' : ` ${seconds.toFixed(1)} s`
}
