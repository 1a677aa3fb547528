/**
 * ADD: archives are unpacked by what they hold, not by their name; everything else is as with COPY.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import type { Context, ContextEntry } from '../context.ts'
import { text } from './text.ts'

const packed: Context = {
  'bin/tool': { content: '#!/bin/sh\n', mode: 0o755 },
  'etc/tool.conf': 'conf\n',
  'etc/link': { symlink: 'tool.conf' },
  'lib/hard': 'hard\n',
  'lib/hard2': { hardLink: 'lib/hard' },
  private: { directory: 0o700 },
}

const archive = (options: Omit<Extract<ContextEntry, { archive: Context }>, 'archive'> = {}): ContextEntry => ({
  archive: packed,
  ...options,
})

export const addCases: readonly BuildCase[] = [
  {
    name: 'add-files',
    dockerfile: text`
      FROM base/busybox
      ADD one.txt /one
      ADD one.txt dir /several/
      ADD dir/ /dir
      ADD *.txt /wild/
    `,
    context: { 'one.txt': 'one\n', 'dir/inner': { content: 'inner\n', mode: 0o640 } },
  },
  {
    name: 'add-tar',
    dockerfile: text`
      FROM base/busybox
      ADD files.tar /opt/
      ADD files.tar /made/directory
    `,
    context: { 'files.tar': archive() },
  },
  {
    name: 'add-tar-gzip-bzip2-xz',
    dockerfile: text`
      FROM base/busybox
      ADD files.tar.gz /gzip
      ADD files.tar.bz2 /bzip2
      ADD files.tar.xz /xz
      ADD misleading.txt /no-matter-the-name/
    `,
    context: {
      'files.tar.gz': archive({ compression: 'gzip' }),
      'files.tar.bz2': archive({ compression: 'bzip2' }),
      'files.tar.xz': archive({ compression: 'xz' }),
      'misleading.txt': archive({ compression: 'gzip' }),
    },
  },
  {
    name: 'add-archive-owners',
    dockerfile: text`
      FROM base/busybox
      ADD files.tar /kept/
      ADD --chown=worker:staff files.tar /changed/
    `,
    context: { 'files.tar': archive({ owner: '123:456' }) },
  },
  {
    name: 'add-what-is-no-archive',
    dockerfile: text`
      FROM base/busybox
      ADD fake.tar.gz /fake/
      ADD empty.tar /empty
      COPY files.tar.gz /copied/
    `,
    context: {
      'fake.tar.gz': 'this is no archive\n',
      'empty.tar': '',
      'files.tar.gz': archive({ compression: 'gzip' }),
    },
  },
  {
    name: 'add-archive-among-files',
    dockerfile: text`
      FROM base/busybox
      ADD files.tar one.txt /both/
    `,
    context: { 'files.tar': archive(), 'one.txt': 'one\n' },
  },
  {
    name: 'add-archive-within-directory',
    dockerfile: text`
      FROM base/busybox
      ADD dir /dir
    `,
    context: { 'dir/files.tar': archive() },
  },
  {
    name: 'add-archive-over-existing',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /opt/etc /opt/private && echo old > /opt/etc/tool.conf && chmod 0777 /opt/etc && echo kept > /opt/private/kept
      ADD files.tar /opt
    `,
    context: { 'files.tar': archive() },
  },
  {
    name: 'add-archive-through-a-link',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /real && ln -s /real /link
      ADD files.tar /link/
      ADD files.tar /link/deeper
    `,
    context: { 'files.tar': archive() },
  },
]
