import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { createProgress, rowText } from './progress.ts'

function collector() {
  let written = ''
  const stream = new Writable({
    write(chunk, _, done) {
      written += chunk
      done()
    },
  })
  return { stream, text: () => written }
}

function terminal(size: { readonly columns: number; readonly rows: number }) {
  const { stream, text } = collector()
  return { stream: Object.assign(stream, { isTTY: true, ...size }), text }
}

describe('progress that is not on a terminal', () => {
  test('prints each change of status once and no bars', () => {
    const { stream, text } = collector()
    const progress = createProgress(stream)
    progress.line('latest: Pulling from debian')
    progress.row('aaa', 'Pulling fs layer')
    progress.row('aaa', 'Downloading', { done: 1, total: 2 })
    progress.row('aaa', 'Downloading', { done: 2, total: 2 })
    progress.row('aaa', 'Pull complete')
    progress.row('aaa', 'Pull complete')
    progress.close()
    expect(text()).toBe('latest: Pulling from debian\naaa: Pulling fs layer\naaa: Pull complete\n')
  })

  test('a dumb terminal gets lines as well', () => {
    const { stream, text } = terminal({ columns: 80, rows: 24 })
    createProgress(stream, { env: { TERM: 'dumb' } }).row('aaa', 'Pushed')
    expect(text()).toBe('aaa: Pushed\n')
  })

  test('quiet, nothing is printed', () => {
    const { stream, text } = collector()
    const progress = createProgress(stream, { quiet: true })
    progress.line('x')
    progress.row('aaa', 'Pushed')
    progress.close()
    expect(text()).toBe('')
  })
})

describe('progress on a terminal', () => {
  test('close leaves every row with its last status, in the order of their first', () => {
    const { stream, text } = terminal({ columns: 80, rows: 24 })
    const progress = createProgress(stream)
    progress.row('aaa', 'Downloading', { done: 1, total: 2 })
    progress.row('bbb', 'Already exists')
    progress.row('aaa', 'Pull complete')
    progress.close()
    expect(text()).toBe('\r\u001b[2Kaaa: Pull complete\n\r\u001b[2Kbbb: Already exists\n\u001b[J')
  })

  test('a line ends the rows above it', () => {
    const { stream, text } = terminal({ columns: 80, rows: 24 })
    const progress = createProgress(stream)
    progress.row('aaa', 'Pushed')
    progress.line('done')
    progress.close()
    expect(text()).toBe('\r\u001b[2Kaaa: Pushed\n\u001b[Jdone\n')
  })
})

describe('rowText', () => {
  test.each([
    [{ done: 0, total: 100 }, 60, 'aaa: Downloading [>                        ]       0B/100B'],
    [{ done: 50_000_000, total: 100_000_000 }, 60, 'aaa: Downloading [============>           ]     50MB/100MB'],
    [{ done: 100, total: 100 }, 60, 'aaa: Downloading [=========================]     100B/100B'],
    [undefined, 60, 'aaa: Downloading'],
    [{ done: 5, total: 100 }, 20, 'aaa: Downloading   '],
  ])('%j in %d columns is "%s"', (amount, columns, text) => {
    expect(rowText('aaa', 'Downloading', amount, columns)).toBe(text)
  })

  test('a bar is never wider than 50 characters', () => {
    expect(rowText('aaa', 'Pushing', { done: 1, total: 1 }, 300)).toContain(`[${'='.repeat(50)}]`)
  })
})
