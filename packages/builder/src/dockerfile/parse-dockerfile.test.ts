import { describe, expect, test } from '@jest/globals'
import { parseDockerfile } from './parse-dockerfile.ts'

const lines = (...text: readonly string[]) => text.join('\n')
const nodes = (...text: readonly string[]) =>
  parseDockerfile(lines(...text)).nodes.map(({ keyword, args, line, endLine }) => [keyword, args, line, endLine])

describe('lines', () => {
  test('nodes know their first and last line, comments and empty lines counted', () => {
    expect(nodes('# one', '', 'FROM a', '  RUN b \\', '# inside', '', '  c', '', 'CMD []')).toEqual([
      ['from', ['a'], 3, 3],
      ['run', ['b   c'], 4, 7],
      ['cmd', [], 9, 9],
    ])
  })

  test('a byte-order mark and carriage returns are not part of any word', () => {
    const content = Buffer.from('\ufeffFROM a\r\nRUN b \\\r\n  c\r\nENV d=e\r\n')
    expect(parseDockerfile(content).nodes.map(({ args }) => args)).toEqual([['a'], ['b   c'], ['d', 'e', '=']])
  })

  test.each([
    ['two escape tokens do not continue a line', ['RUN a\\\\', 'RUN b'], 2],
    ['nor do three', ['RUN a\\\\\\', 'RUN b'], 2],
    ['blanks behind an escape token do not matter', ['RUN a\\ \t', 'b'], 1],
    ['another character behind it does', ['RUN a\\.', 'RUN b'], 2],
    ['the last line may be continued by nothing', ['RUN a\\'], 1],
    ['a comment may be the last of a continued line', ['RUN a\\', '# b'], 1],
  ])('%s', (_, text, count) => {
    expect(parseDockerfile(lines(...text)).nodes).toHaveLength(count)
  })

  test('the first empty line inside an instruction is warned of', () => {
    const { warnings } = parseDockerfile(lines('FROM a', 'RUN b \\', '', ' c \\', '', ' d', 'RUN e \\', ' f'))
    expect(warnings).toEqual([
      {
        code: 'NoEmptyContinuation',
        message: 'empty continuation line: the instruction goes on behind it, which a later version may refuse',
        line: 3,
      },
    ])
  })
})

describe('directives', () => {
  const directives = (...text: readonly string[]) => parseDockerfile(lines(...text, 'FROM a')).directives

  test('stand before all else, in any case and with any blanks', () => {
    expect(directives('#Syntax = docker/dockerfile:1 ', '# ESCAPE=`', '#check=skip=all;error=true')).toEqual([
      { key: 'syntax', value: 'docker/dockerfile:1', line: 1 },
      { key: 'escape', value: '`', line: 2 },
      { key: 'check', value: 'skip=all;error=true', line: 3 },
    ])
  })

  test.each([
    ['an empty line', ''],
    ['a comment', '# a comment'],
    ['an unknown directive', '# unknown=value'],
    ['an instruction', 'ARG a'],
  ])('%s ends them', (_, before) => {
    expect(directives(before, '# escape=`')).toEqual([])
  })

  test.each([
    [
      'given twice',
      ['# escape=`', '# escape=`'],
      'Dockerfile:2: the directive escape stands there twice, once is allowed, in: # escape=`',
    ],
    [
      'an escape token that is none',
      ['# escape=x'],
      'Dockerfile:1: the escape token is "x"; it can be \\ or `, in: # escape=x',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => directives(...text)).toThrow(expect.objectContaining({ code: 'DOCKERFILE_INVALID', message }))
  })

  test('the escape token of the directive continues lines and escapes blanks', () => {
    expect(nodes('# escape=`', 'ENV a=b` c', 'RUN d\\', 'RUN e `', ' f')).toEqual([
      ['env', ['a', 'b` c', '='], 2, 2],
      ['run', ['d\\'], 3, 3],
      ['run', ['e  f'], 4, 5],
    ])
  })
})

describe('heredocs', () => {
  const heredocs = (...text: readonly string[]) => parseDockerfile(lines(...text)).nodes[0]?.heredocs

  test('several in one line are read in their order', () => {
    const node = parseDockerfile(
      lines('COPY <<a <<-"b" 3<<c /dest/', 'one', 'a', '\ttwo', '\tb', '$three', 'c', 'CMD []'),
    )
    expect(node.nodes[0]).toMatchObject({
      original: 'COPY <<a <<-"b" 3<<c /dest/',
      args: ['<<a', '<<-"b"', '3<<c', '/dest/'],
      line: 1,
      endLine: 7,
      heredocs: [
        { name: 'a', content: 'one\n', expand: true, chomp: false, fileDescriptor: 0 },
        { name: 'b', content: 'two\n', expand: false, chomp: true, fileDescriptor: 0 },
        { name: 'c', content: '$three\n', expand: true, chomp: false, fileDescriptor: 3 },
      ],
    })
    expect(node.nodes[1]).toMatchObject({ keyword: 'cmd', line: 8 })
  })

  test.each([
    ['single quotes', "RUN <<'E O'", 'E O', false],
    ['half a word in quotes', 'RUN <<E"O"F', 'EOF', false],
    ['a backslash', 'RUN <<\\EOF', 'EOF', true],
    ['a blank before the word', 'RUN cat <<  EOF >b', 'EOF', true],
    ['no quotes', 'RUN <<EOF', 'EOF', true],
    ['a dollar sign', 'RUN <<$EOF', '$EOF', true],
  ])('%s in the word', (_, line, name, expand) => {
    expect(heredocs(line, 'a', name)).toEqual([{ name, content: 'a\n', expand, chomp: false, fileDescriptor: 0 }])
  })

  test.each([
    'RUN echo "<<EOF"',
    'RUN cat <<<EOF',
    'RUN echo a<<EOF',
    "RUN echo it's <<EOF",
    'RUN echo <<',
    'RUN ["cat", "<<EOF"]',
    'CMD cat <<EOF',
    'ENV a=<<EOF',
  ])('there is none in: %s', (line) => {
    expect(heredocs(line, 'CMD []')).toEqual([])
  })

  test('comments, instructions and escape tokens inside are content', () => {
    expect(heredocs('RUN <<E', '# a', 'FROM b \\', '', ' E', 'E')).toMatchObject([
      { content: '# a\nFROM b \\\n\n E\n' },
    ])
  })

  test('those behind ONBUILD belong to the trigger', () => {
    const [node] = parseDockerfile(lines('ONBUILD COPY <<E /a', 'b', 'E')).nodes
    expect(node?.trigger).toMatchObject({ keyword: 'copy', heredocs: [{ name: 'E', content: 'b\n' }], endLine: 3 })
  })

  test('carriage returns stay in the content and are no part of the end', () => {
    expect(heredocs('RUN <<E\r', 'a\r', 'E\r')).toMatchObject([{ content: 'a\r\n' }])
  })

  test('one that does not end is refused', () => {
    expect(() => heredocs('RUN <<EOF', 'b', ' EOF')).toThrow(
      expect.objectContaining({
        message: 'Dockerfile:1: the heredoc EOF does not end: no line is "EOF", in: RUN <<EOF',
        place: { file: 'Dockerfile', line: 1, endLine: 3, text: 'RUN <<EOF' },
      }),
    )
  })
})
