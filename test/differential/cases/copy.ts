/**
 * COPY: sources and destinations of every kind, and what lies in the way.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import type { Context } from '../context.ts'
import { text } from './text.ts'

const tree: Context = {
  'one.txt': 'one\n',
  'two.txt': { content: 'two\n', mode: 0o600 },
  'run.sh': { content: '#!/bin/sh\n', mode: 0o775 },
  'dir/inner.txt': 'inner\n',
  'dir/sub/deep.txt': { content: 'deep\n', mode: 0o444 },
  'dir/empty': { directory: 0o750 },
  'dir/sub': { directory: 0o711 },
  'other/inner.txt': 'other inner\n',
}

export const copyCases: readonly BuildCase[] = [
  {
    name: 'copy-file-to-name',
    dockerfile: text`
      FROM base/busybox
      COPY one.txt /renamed
      COPY two.txt /made/on/the/way/two
      COPY run.sh /bin/
    `,
    context: tree,
  },
  {
    name: 'copy-file-to-directory',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /there && chmod 0700 /there && chown 5:6 /there
      COPY one.txt /there
      COPY two.txt /there/
      COPY run.sh /missing/
    `,
    context: tree,
  },
  {
    name: 'copy-several-files',
    dockerfile: text`
      FROM base/busybox
      COPY one.txt two.txt run.sh /files/
      COPY ["one.txt", "dir/inner.txt", "/list/"]
    `,
    context: tree,
  },
  {
    name: 'copy-directory-contents',
    dockerfile: text`
      FROM base/busybox
      COPY dir /without-slash
      COPY dir/ /with-slash/
      COPY dir other /both/
    `,
    context: tree,
  },
  {
    name: 'copy-whole-context',
    dockerfile: text`
      FROM base/busybox
      WORKDIR /src
      COPY . .
    `,
    context: tree,
  },
  {
    name: 'copy-relative-destinations',
    dockerfile: text`
      FROM base/busybox
      COPY one.txt relative-to-root
      WORKDIR /a
      WORKDIR b
      COPY one.txt .
      COPY one.txt ../up
      COPY one.txt ./c/d/
      COPY dir .
    `,
    context: tree,
  },
  {
    name: 'copy-wildcards',
    dockerfile: text`
      FROM base/busybox
      COPY *.txt /star/
      COPY t?o.txt /question
      COPY [ot]*.txt /class/
      COPY d*/sub/*.txt /deep/
      COPY d* /directories/
      COPY *.sh /one-match
    `,
    context: tree,
  },
  {
    name: 'copy-names-with-special-characters',
    dockerfile: text`
      FROM base/busybox
      COPY ["with space.txt", "/with space/"]
      COPY ünïcode.txt /
      COPY $dollar.txt /unset-variable/
      COPY \$dollar.txt /dollar/
    `,
    context: {
      'with space.txt': 'space\n',
      'ünïcode.txt': 'unicode\n',
      '$dollar.txt': 'dollar\n',
      '.txt': 'hidden\n',
    },
  },
  {
    name: 'copy-name-with-brackets',
    dockerfile: text`
      FROM base/busybox
      COPY a[[]b].txt /brackets/
    `,
    context: { 'a[b].txt': 'brackets\n', 'ab.txt': 'other\n' },
  },
  {
    name: 'copy-with-variables',
    dockerfile: text`
      FROM base/busybox
      ARG WHAT=one
      ENV WHERE=/expanded
      COPY \${WHAT}.txt $WHERE/
      COPY "$WHAT.txt" '/single-quoted/'
      COPY \${MISSING:-two}.txt /default/
    `,
    context: tree,
  },
  {
    name: 'copy-symlinks-in-sources',
    dockerfile: text`
      FROM base/busybox
      COPY links /links
      COPY links/to-file /single
      COPY links/to-directory /directory
    `,
    context: {
      'links/target': 'target\n',
      'links/dir/inside': 'inside\n',
      'links/to-file': { symlink: 'target' },
      'links/to-directory': { symlink: 'dir' },
      'links/absolute': { symlink: '/etc/passwd' },
      'links/dangling': { symlink: 'nowhere' },
    },
  },
  {
    name: 'copy-through-a-symlink-in-sources',
    dockerfile: text`
      FROM base/busybox
      COPY link/file /file
      COPY link/ /all/
    `,
    context: { 'real/file': 'through a link\n', link: { symlink: 'real' } },
  },
  {
    name: 'copy-hard-links-in-sources',
    dockerfile: text`
      FROM base/busybox
      COPY hard /hard
    `,
    context: { 'hard/first': 'same\n', 'hard/second': { hardLink: 'hard/first' } },
  },
  {
    name: 'copy-symlinks-in-destination',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /real/dir && ln -s /real/dir /absolute && ln -s real/dir /relative && ln -s /absolute /twice
      COPY one.txt /absolute/
      COPY two.txt /relative/two.txt
      COPY dir /twice
      COPY run.sh /absolute/new/run.sh
    `,
    context: tree,
  },
  {
    name: 'copy-destination-links-above-the-root',
    dockerfile: text`
      FROM base/busybox
      RUN ln -s ../../../../../../../tmp /up && ln -s /../../../var /higher
      COPY one.txt /up/
      COPY two.txt /higher/
    `,
    context: tree,
  },
  {
    name: 'copy-over-a-symlink-to-a-file',
    dockerfile: text`
      FROM base/busybox
      RUN echo old > /target && ln -s /target /link && ln -s /nowhere /dangling
      COPY one.txt /link
    `,
    context: tree,
  },
  {
    name: 'copy-over-existing-files',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /dst/sub && echo old > /dst/inner.txt && chmod 0777 /dst/inner.txt && chown 3:4 /dst/inner.txt /dst/sub
      COPY dir /dst
      COPY one.txt /dst/sub/deep.txt
    `,
    context: tree,
  },
  {
    name: 'copy-keeps-what-is-there',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /dst && echo kept > /dst/kept && chmod 0700 /dst
      COPY dir /dst/
      COPY other /dst
    `,
    context: tree,
  },
  {
    name: 'copy-directory-over-file',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /dst && echo file > /dst/sub
      COPY dir /dst
    `,
    context: tree,
    outcome: 'mistake',
  },
  {
    name: 'copy-file-over-directory',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /dst/inner.txt
      COPY dir /dst
    `,
    context: tree,
    outcome: 'mistake',
  },
  {
    name: 'copy-directory-onto-file',
    dockerfile: text`
      FROM base/busybox
      RUN echo file > /dst
      COPY dir /dst
    `,
    context: tree,
    outcome: 'mistake',
  },
  {
    name: 'copy-below-a-file',
    dockerfile: text`
      FROM base/busybox
      RUN echo file > /dst
      COPY one.txt /dst/one.txt
    `,
    context: tree,
    outcome: 'mistake',
  },
  {
    name: 'copy-absolute-and-cleaned-sources',
    dockerfile: text`
      FROM base/busybox
      COPY /two.txt /absolute
      COPY dir/../one.txt /cleaned
      COPY ./dir/./sub/ /dots/
    `,
    context: tree,
  },
  {
    name: 'copy-above-the-context',
    dockerfile: text`
      FROM base/busybox
      COPY ../one.txt /above
    `,
    context: tree,
  },
  {
    name: 'copy-empty-directory',
    dockerfile: text`
      FROM base/busybox
      COPY dir/empty /empty
      COPY dir/empty /nested/empty/
    `,
    context: tree,
  },
]
