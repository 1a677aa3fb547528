import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { identifyProcess } from '../containers/process-identity.ts'
import { writeStarted } from '../containers/state.ts'
import { type LogOptions, readLogs } from './read-logs.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tsreg-logs-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function line(second: number, stream: 'out' | 'err', text: string, tag: 'F' | 'P' = 'F'): string {
  return `2026-11-25T15:00:${String(second).padStart(2, '0')}.000000000+00:00 std${stream} ${tag} ${text}\n`
}

function writeLog(...lines: readonly string[]): void {
  writeFileSync(join(directory, 'log'), lines.join(''))
}

/** As `logs` prints it: `|` ends a line, and what is of standard error is in capitals. */
async function textOf(options: LogOptions = {}): Promise<string> {
  let text = ''
  for await (const block of readLogs(directory, options)) {
    for (const { stream, bytes, endsLine } of block) {
      const part = `${Buffer.from(bytes)}${endsLine ? '|' : ''}`
      text += stream === 'stderr' ? part.toUpperCase() : part
    }
  }
  return text
}

describe('what a container has said', () => {
  test('a container that never ran has said nothing', async () => {
    expect(await textOf()).toBe('')
    expect(await textOf({ follow: true, tail: 3 })).toBe('')
  })

  test('comes in order, parts of lines joined', async () => {
    writeLog(line(1, 'out', 'a', 'P'), line(1, 'err', 'e'), line(2, 'out', 'b'), line(3, 'out', 'c', 'P'))
    expect(await textOf()).toBe('aE|b|c')
  })

  test('a record that is only half written does not count yet', async () => {
    writeLog(line(1, 'out', 'a'), line(2, 'out', 'b').slice(0, 30))
    expect(await textOf()).toBe('a|')
    expect(await textOf({ tail: 1 })).toBe('a|')
  })

  test.each([
    [0, '', ''],
    [1, 'e', ''],
    // The first part of "acd" lies before the line of standard error that does not count any more.
    [2, 'acd|e', ''],
    [3, 'acd|e', 'B|'],
    [4, 'x|acd|e', 'B|'],
    [9, 'x|acd|e', 'B|'],
  ])('its last %d lines', async (tail, stdout, stderr) => {
    writeLog(
      line(1, 'out', 'x'),
      line(2, 'out', 'a', 'P'),
      line(3, 'err', 'b'),
      line(4, 'out', 'c', 'P'),
      line(5, 'out', 'd'),
      line(6, 'out', 'e', 'P'),
    )
    const text = await textOf({ tail })
    expect([text.replace('B|', ''), text.includes('B|') ? 'B|' : '']).toEqual([stdout, stderr])
  })

  test('the last lines of a long log are found by reading its end', async () => {
    const lines = Array.from({ length: 30_000 }, (_, at) => line(at % 60, at % 3 === 0 ? 'err' : 'out', `line ${at}`))
    writeLog(...lines)
    expect(await textOf({ tail: 2 })).toBe('line 29998|line 29999|')
    expect((await textOf({ tail: 20_000 })).split('|')).toHaveLength(20_001)
    expect((await textOf()).split('|')).toHaveLength(30_001)
  })

  test('from a time on, and up to one', async () => {
    writeLog(line(1, 'out', 'a'), line(2, 'out', 'b'), line(3, 'out', 'c'), line(4, 'out', 'd'))
    const [since, until] = ['2026-11-25T15:00:02.000000000Z', '2026-11-25T15:00:03.000000000Z']
    expect(await textOf({ since })).toBe('b|c|d|')
    expect(await textOf({ until })).toBe('a|b|c|')
    expect(await textOf({ since, until })).toBe('b|c|')
    expect(await textOf({ until, tail: 1 })).toBe('c|')
    expect(await textOf({ since, tail: 9 })).toBe('b|c|d|')
  })
})

describe('following a container', () => {
  /** A process that stands for the container; it has ended when its exit is written down. */
  async function startStandIn() {
    const child = spawn('sleep', ['600'])
    await once(child, 'spawn')
    const identity = identifyProcess(child.pid ?? 0)
    if (identity === undefined) throw new Error('sleep has not started')
    await writeStarted(directory, { process: identity, conmon: identity, startedAt: '2026-11-25T15:00:00Z' })
    return {
      say: (...lines: readonly string[]) => appendFileSync(join(directory, 'log'), lines.join('')),
      end: () => writeFileSync(join(directory, 'exit'), '0'),
      kill: () => child.kill('SIGKILL'),
    }
  }

  test('goes on with what comes, also in pieces, and ends with the container', async () => {
    writeLog(line(1, 'out', 'a'))
    const container = await startStandIn()
    try {
      const parts: string[] = []
      let step = 0
      const steps = [
        () => container.say(line(2, 'out', 'b').slice(0, 20)),
        () => container.say(line(2, 'out', 'b').slice(20), line(3, 'err', 'c')),
        () => {
          // Said last and read all the same, though the end is known when it is.
          container.say(line(4, 'out', 'd'))
          container.end()
        },
      ]
      const next = () => steps[step++]?.()
      for await (const block of readLogs(directory, { follow: true })) {
        parts.push(...block.map(({ bytes }) => Buffer.from(bytes).toString()))
        if (step === 0) next()
        next()
      }
      expect(parts).toEqual(['a', 'b', 'c', 'd'])
    } finally {
      container.kill()
    }
  })

  test('ends when the container is gone', async () => {
    writeLog(line(1, 'out', 'a'))
    const container = await startStandIn()
    try {
      const parts: string[] = []
      for await (const block of readLogs(directory, { follow: true })) {
        parts.push(...block.map(({ bytes }) => Buffer.from(bytes).toString()))
        rmSync(directory, { recursive: true })
      }
      expect(parts).toEqual(['a'])
    } finally {
      container.kill()
    }
  })

  test('ends when it is not wanted any more', async () => {
    writeLog(line(1, 'out', 'a'))
    const container = await startStandIn()
    const controller = new AbortController()
    try {
      const following = (async () => {
        for await (const block of readLogs(directory, { follow: true, signal: controller.signal })) {
          if (block.length > 0) controller.abort(new Error('enough'))
        }
      })()
      await expect(following).rejects.toThrow('enough')
    } finally {
      container.kill()
    }
  })
})
