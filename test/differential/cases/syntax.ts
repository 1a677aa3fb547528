/**
 * The language itself: comments, continuations, the escape directive, letters of either case, file names.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const syntaxCases: readonly BuildCase[] = [
  {
    name: 'syntax-comments-and-blank-lines',
    dockerfile: text`
      # a comment before everything

      FROM base/busybox
          # an indented comment
      ENV A=b # not a comment=c

      RUN echo '# not a comment' > /hash \
      # a comment within

       && echo more >> /hash
      # the last line is a comment
    `,
  },
  {
    name: 'syntax-lower-case',
    dockerfile: text`
      from base/busybox as build
      run echo lower > /lower
      From base/busybox
      Copy --from=build /lower /copied
      cMd ["mixed"]
    `,
  },
  {
    name: 'syntax-escape-directive',
    dockerfile: text`
      # escape=\`
      FROM base/busybox
      ENV A=back\slash B=\`$PATH
      RUN echo one \`
        two > /lines
      LABEL path="C:\dir"
    `,
  },
  {
    name: 'syntax-carriage-returns',
    dockerfile: 'FROM base/busybox\r\nENV A=b\r\nRUN echo one \\\r\n && echo two > /two\r\nCMD ["x"]\r\n',
  },
  {
    name: 'syntax-no-line-end-and-byte-order-mark',
    dockerfile: '\uFEFFFROM base/busybox\nLABEL a=b',
  },
  {
    name: 'syntax-leading-blanks',
    dockerfile: '  FROM base/busybox\n\tRUN   echo   "kept   blanks"   > /blanks   \n   LABEL a=b   c=d\n',
  },
  {
    name: 'syntax-other-file-name',
    dockerfile: text`
      FROM base/busybox
      COPY . /all
    `,
    dockerfileName: 'build/Other.dockerfile',
    context: { 'file.txt': 'file\n' },
  },
]
