/**
 * .dockerignore: what of the context a COPY can see.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import type { Context } from '../context.ts'
import { text } from './text.ts'

const everything = text`
  FROM base/busybox
  COPY . /all
`

const tree: Context = {
  'keep.txt': 'keep\n',
  'drop.log': 'drop\n',
  'a/keep.txt': 'keep\n',
  'a/drop.log': 'drop\n',
  'a/b/keep.txt': 'keep\n',
  'a/b/drop.log': 'drop\n',
  'node_modules/x/index.js': 'x\n',
  'a/node_modules/y/index.js': 'y\n',
  '.hidden': 'hidden\n',
}

export const dockerignoreCases: readonly BuildCase[] = [
  {
    name: 'ignore-simple',
    dockerfile: everything,
    context: { ...tree, '.dockerignore': '*.log\nnode_modules\n' },
  },
  {
    name: 'ignore-any-depth',
    dockerfile: everything,
    context: { ...tree, '.dockerignore': '**/*.log\n**/node_modules\n' },
  },
  {
    name: 'ignore-exceptions',
    dockerfile: everything,
    context: { ...tree, '.dockerignore': '**\n!a\na/b\n!a/b/keep.txt\na/*.log\n' },
  },
  {
    name: 'ignore-exceptions-in-order',
    dockerfile: everything,
    context: { ...tree, '.dockerignore': '!keep.txt\n*.txt\n*.log\n!drop.log\n' },
  },
  {
    name: 'ignore-comments-and-spellings',
    dockerfile: everything,
    context: {
      ...tree,
      '#odd': 'odd\n',
      '.dockerignore': '\uFEFF# a comment\n\n  drop.log  \n/a/b/\n./keep.txt\na/../node_modules\n #odd\n',
    },
  },
  {
    name: 'ignore-dockerfile-itself',
    dockerfile: everything,
    context: { ...tree, '.dockerignore': 'Dockerfile\n.dockerignore\n.hid*\n' },
  },
  {
    name: 'ignore-question-mark-and-class',
    dockerfile: everything,
    context: { ...tree, '.dockerignore': '?eep.txt\na/[!a-c]*\n' },
  },
  {
    name: 'ignore-copy-of-the-ignored',
    dockerfile: text`
      FROM base/busybox
      COPY drop.log /drop.log
    `,
    context: { ...tree, '.dockerignore': '*.log\n' },
    outcome: 'mistake',
  },
  {
    name: 'ignore-wildcard-sources',
    dockerfile: text`
      FROM base/busybox
      COPY * /top/
      COPY a /a
    `,
    context: { ...tree, '.dockerignore': '**/b\n*.log\n' },
  },
]
