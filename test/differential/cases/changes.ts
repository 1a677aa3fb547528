/**
 * What a second build finds in the cache after each kind of change.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import type { ChangeCase } from '../changes.ts'
import { text } from './text.ts'

const steps: BuildCase = {
  name: 'steps',
  dockerfile: text`
    FROM base/busybox
    ARG VERSION=1
    ENV A=1
    COPY top.txt /top
    COPY dir /dir/
    WORKDIR /work
    RUN echo "$VERSION" > version
    ADD *.conf files.tar /more/
    LABEL a=b
    CMD ["true"]
  `,
  context: {
    'top.txt': 'top\n',
    'dir/one.txt': 'one\n',
    'dir/two.txt': 'two\n',
    'dir/sub/deep.txt': 'deep\n',
    'dir/link': { symlink: 'one.txt' },
    'a.conf': 'a\n',
    'files.tar': { archive: { 'packed.txt': 'packed\n' } },
    'not-copied.txt': 'not copied\n',
    'ignored.log': 'ignored\n',
    '.dockerignore': '**/*.log\n',
  },
}

const stages: BuildCase = {
  name: 'stages',
  dockerfile: text`
    FROM base/busybox AS build
    COPY source.txt /source
    RUN sort /source > /sorted && date > /when
    FROM base/busybox
    ENV B=1
    COPY --from=build /sorted /sorted
    RUN wc -l < /sorted > /lines
  `,
  context: { 'source.txt': 'b\na\n' },
}

/** The Dockerfile with one text in place of another. */
function edited({ dockerfile }: BuildCase, from: string, to: string): { readonly dockerfile: string } {
  return { dockerfile: dockerfile.replace(from, to) }
}

const later = 1_700_000_000

export const changeCases: readonly ChangeCase[] = [
  { name: 'cache-nothing-changed', before: steps, after: {} },
  { name: 'cache-times-only', before: steps, after: {}, modifiedAt: later },
  { name: 'cache-owners-only', before: steps, after: {}, chowned: ['top.txt', 'dir/one.txt'] },
  { name: 'cache-content-of-equal-size', before: steps, after: {}, written: { 'top.txt': 'pot\n' } },
  { name: 'cache-content-deep-in-a-directory', before: steps, after: {}, written: { 'dir/sub/deep.txt': 'DEEP\n' } },
  { name: 'cache-content-of-a-wildcard-source', before: steps, after: {}, written: { 'a.conf': 'A\n' } },
  { name: 'cache-another-wildcard-source', before: steps, after: {}, written: { 'b.conf': 'b\n' } },
  { name: 'cache-content-not-copied', before: steps, after: {}, written: { 'not-copied.txt': 'changed\n' } },
  { name: 'cache-content-ignored', before: steps, after: {}, written: { 'dir/new.log': 'ignored as well\n' } },
  {
    name: 'cache-mode-of-a-file',
    before: steps,
    after: {},
    written: { 'dir/one.txt': { content: 'one\n', mode: 0o600 } },
  },
  { name: 'cache-mode-of-a-directory', before: steps, after: {}, written: { 'dir/sub': { directory: 0o700 } } },
  { name: 'cache-file-added', before: steps, after: {}, written: { 'dir/three.txt': '' } },
  { name: 'cache-empty-directory-added', before: steps, after: {}, written: { 'dir/empty': { directory: 0o755 } } },
  { name: 'cache-file-removed', before: steps, after: {}, removed: ['dir/two.txt'] },
  {
    name: 'cache-file-renamed',
    before: steps,
    after: {},
    removed: ['dir/two.txt'],
    written: { 'dir/renamed.txt': 'two\n' },
  },
  {
    name: 'cache-contents-swapped',
    before: steps,
    after: {},
    written: { 'dir/one.txt': 'two\n', 'dir/two.txt': 'one\n' },
  },
  {
    name: 'cache-link-target',
    before: steps,
    after: {},
    removed: ['dir/link'],
    written: { 'dir/link': { symlink: 'two.txt' } },
  },
  {
    name: 'cache-link-became-a-file',
    before: steps,
    after: {},
    removed: ['dir/link'],
    written: { 'dir/link': 'one\n' },
  },
  {
    name: 'cache-archive-content',
    before: steps,
    after: {},
    written: { 'files.tar': { archive: { 'packed.txt': 'PACKED\n' } } },
  },
  {
    name: 'cache-dockerignore-excludes-more',
    before: steps,
    after: {},
    // Not the file that another case removes: what is left must be new to every cache.
    written: { '.dockerignore': '**/*.log\ndir/one.txt\n' },
  },
  {
    name: 'cache-dockerignore-comment',
    before: steps,
    after: {},
    written: { '.dockerignore': '# all logs\n**/*.log\n' },
  },
  { name: 'cache-build-argument', before: steps, after: { buildArgs: { VERSION: '2' } } },
  { name: 'cache-build-argument-as-its-default', before: steps, after: { buildArgs: { VERSION: '1' } } },
  { name: 'cache-build-argument-not-declared', before: steps, after: { buildArgs: { STRANGER: '2' } } },
  {
    name: 'cache-build-argument-predefined',
    before: steps,
    after: { buildArgs: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
  },
  { name: 'cache-argument-default', before: steps, after: edited(steps, 'VERSION=1', 'VERSION=2') },
  { name: 'cache-comment-added', before: steps, after: edited(steps, 'ENV A=1', '# a comment\n\nENV A=1') },
  { name: 'cache-keyword-in-lower-case', before: steps, after: edited(steps, 'RUN echo', 'run echo') },
  { name: 'cache-blanks-before-arguments', before: steps, after: edited(steps, 'ENV A=1', 'ENV    A=1') },
  { name: 'cache-blanks-within-a-command', before: steps, after: edited(steps, 'echo "$VERSION"', 'echo  "$VERSION"') },
  { name: 'cache-line-continued', before: steps, after: edited(steps, 'RUN echo', 'RUN \\\n  echo') },
  { name: 'cache-run-edited', before: steps, after: edited(steps, '> version', '>> version') },
  { name: 'cache-env-edited', before: steps, after: edited(steps, 'ENV A=1', 'ENV A=2') },
  { name: 'cache-env-quoted', before: steps, after: edited(steps, 'ENV A=1', 'ENV A="1"') },
  { name: 'cache-destination-edited', before: steps, after: edited(steps, '/dir/', '/directory/') },
  { name: 'cache-chown-added', before: steps, after: edited(steps, 'COPY dir', 'COPY --chown=1:1 dir') },
  { name: 'cache-last-step-edited', before: steps, after: edited(steps, '["true"]', '["false"]') },
  { name: 'cache-last-step-removed', before: steps, after: edited(steps, 'CMD ["true"]\n', '') },
  {
    name: 'cache-step-added-at-the-end',
    before: steps,
    after: edited(steps, 'CMD ["true"]\n', 'CMD ["true"]\nUSER 1\n'),
  },
  { name: 'cache-step-inserted', before: steps, after: edited(steps, 'WORKDIR', 'LABEL c=d\nWORKDIR') },
  {
    name: 'cache-steps-swapped',
    before: steps,
    after: edited(steps, 'COPY top.txt /top\nCOPY dir /dir/', 'COPY dir /dir/\nCOPY top.txt /top'),
  },
  { name: 'cache-not-wanted', before: steps, after: {}, noCache: true },
  { name: 'cache-stages-unchanged', before: stages, after: {} },
  { name: 'cache-stage-copies-the-same', before: stages, after: {}, written: { 'source.txt': 'a\nb\n' } },
  { name: 'cache-stage-copies-another', before: stages, after: {}, written: { 'source.txt': 'c\na\n' } },
  { name: 'cache-stage-edited-without-effect', before: stages, after: edited(stages, '&& date', '&& true && date') },
  { name: 'cache-stage-renamed', before: stages, after: { dockerfile: stages.dockerfile.replaceAll('build', 'made') } },
]
