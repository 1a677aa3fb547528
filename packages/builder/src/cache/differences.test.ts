import { describe, expect, test } from '@jest/globals'
import { digestOf } from '@tsreg/oci'
import type { CountedFile } from '../context/index.ts'
import { differences } from './differences.ts'
import type { StepFacts } from './step-record.ts'

const run: StepFacts = {
  keyword: 'RUN',
  text: 'RUN make',
  createdBy: '',
  command: '/bin/sh -c make',
  buildArgs: { V: '1' },
}
const copy: StepFacts = { keyword: 'COPY', text: 'COPY src /src', createdBy: '', sum: 'dir:1', destination: '/src' }
const file = (path: string, more: Partial<CountedFile> = {}): CountedFile => ({
  ...{ path, type: 'file', mode: 0o644, uid: 0, gid: 0, digest: digestOf('a') },
  ...more,
})

function changed(before: readonly CountedFile[] | undefined, now: readonly CountedFile[]): readonly string[] {
  return differences({ facts: copy, files: before }, { facts: { ...copy, sum: 'dir:2' }, files: now })
}

describe('differences', () => {
  test.each<[Partial<StepFacts>, string]>([
    [{ command: '/bin/sh -c make all' }, 'command "/bin/sh -c make" -> "/bin/sh -c make all"'],
    [{ buildArgs: { V: '2' } }, 'build arg V 1 -> 2'],
    [{ buildArgs: {} }, 'build arg V 1 -> (not declared)'],
    [{ buildArgs: { V: '1', W: 'x' } }, 'build arg W (not declared) -> x'],
    [{ text: 'RUN  make' }, 'instruction "RUN make" -> "RUN  make"'],
    [{}, 'the config of the parent changed'],
    [{ createdBy: '/bin/sh -c #(nop)  LABEL v=2' }, 'instruction "" -> "LABEL v=2"'],
  ])('of a command: %j', (more, line) => {
    expect(differences({ facts: run, files: undefined }, { facts: { ...run, ...more }, files: undefined })).toEqual([
      line,
    ])
  })

  test.each<[Partial<StepFacts>, string]>([
    [{ destination: '/dst' }, 'destination "/src" -> "/dst"'],
    [{ chown: '1:1' }, '--chown none -> 1:1'],
    [{ chmod: '755' }, '--chmod none -> 755'],
  ])('of a copy: %j', (more, line) => {
    expect(differences({ facts: copy, files: undefined }, { facts: { ...copy, ...more }, files: undefined })).toEqual([
      line,
    ])
  })

  test('each file that differs is named with what differs', () => {
    const before = [file('a'), file('b'), file('c'), file('d'), file('e', { type: 'symlink' }), file('gone')]
    const now = [
      file('a', { mode: 0o755 }),
      file('b', { digest: digestOf('b') }),
      file('c', { uid: 5 }),
      file('d', { type: 'directory', digest: undefined }),
      file('e', { type: 'symlink', digest: digestOf('b') }),
      file('new'),
    ]
    expect(changed(before, now)).toEqual([
      'a mode 0644 -> 0755',
      'b content changed',
      'c owner 0:0 -> 5:0',
      'd file -> directory',
      'e target changed',
      'gone removed',
      'new added',
    ])
  })

  test('of many files the first ten are named', () => {
    const now = Array.from({ length: 13 }, (_, at) => file(`f${String(at).padStart(2, '0')}`))
    const lines = changed([], now)
    expect([lines.length, lines[9], lines[10]]).toEqual([11, 'f09 added', 'and 3 more files'])
  })

  test('files of an earlier build that are not known any more', () => {
    expect(changed(undefined, [])).toEqual(['the files changed; those of the earlier build are not known'])
  })
})
