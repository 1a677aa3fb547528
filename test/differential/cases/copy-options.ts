/**
 * COPY and ADD with --from, --chown and --chmod, and inline files.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import type { Context } from '../context.ts'
import { text } from './text.ts'

const tree: Context = {
  'file.txt': 'file\n',
  'dir/inner.txt': 'inner\n',
  'dir/sub/deep.txt': { content: 'deep\n', mode: 0o755 },
  'link.txt': { symlink: 'file.txt' },
}

export const copyOptionCases: readonly BuildCase[] = [
  {
    name: 'copy-from-stage',
    dockerfile: text`
      FROM base/busybox AS build
      RUN mkdir -p /out/bin && echo prog > /out/bin/prog && chmod 4711 /out/bin/prog && chown -R worker:staff /out
      RUN ln -s prog /out/bin/link && ln /out/bin/prog /out/bin/hard && echo x > /single && chmod 0640 /single
      FROM base/busybox
      COPY --from=build /out /usr/local
      COPY --from=build /single /single-copy
      COPY --from=build out/bin/prog relative
    `,
  },
  {
    name: 'copy-from-stage-by-number',
    dockerfile: text`
      FROM base/busybox
      RUN echo zero > /file
      FROM base/busybox
      RUN echo one > /file
      FROM scratch
      COPY --from=1 /file /one
      COPY --from=0 /file /zero
    `,
  },
  {
    name: 'copy-from-image',
    dockerfile: text`
      FROM scratch
      COPY --from=base/busybox /bin/busybox /bin/sh
      COPY --from=base/busybox /etc/passwd /etc/group /etc/
      COPY --from=base/busybox /etc/pass* /wild/
      CMD ["/bin/sh"]
    `,
  },
  {
    name: 'copy-from-stage-links',
    dockerfile: text`
      FROM base/busybox AS build
      RUN mkdir /real && echo content > /real/file && ln -s /real /absolute && ln -s real /relative && ln -s /etc/passwd /real/link
      FROM base/busybox
      COPY --from=build /absolute/file /through-absolute
      COPY --from=build /relative/ /through-relative/
      COPY --from=build /real/link /link
    `,
  },
  {
    name: 'copy-from-stage-wildcards',
    dockerfile: text`
      FROM base/busybox AS build
      RUN mkdir /out && touch /out/a.o /out/b.o /out/c.txt
      FROM scratch
      COPY --from=build /out/*.o /objects/
    `,
  },
  {
    name: 'copy-chown-by-number',
    dockerfile: text`
      FROM base/busybox
      COPY --chown=12:34 file.txt /file
      COPY --chown=12 dir /dir
      COPY --chown=12:34 dir /new/parents/
      ADD --chown=77:88 file.txt /added
    `,
    context: tree,
  },
  {
    name: 'copy-chown-by-name',
    dockerfile: text`
      FROM base/busybox
      COPY --chown=worker file.txt /only-user
      COPY --chown=worker:staff dir /dir
      COPY --chown=1001:users file.txt /mixed
      COPY --chown=guest:0 link.txt /link
    `,
    context: tree,
  },
  {
    name: 'copy-chown-user-without-group-of-its-name',
    dockerfile: text`
      FROM base/busybox
      COPY --chown=guest file.txt /user-with-other-group
    `,
    context: tree,
  },
  {
    name: 'copy-chown-name-made-in-the-image',
    dockerfile: text`
      FROM base/busybox
      RUN echo 'fresh:x:2222:3333::/:/bin/sh' >> /etc/passwd && echo 'crowd:x:4444:' >> /etc/group
      ARG WHO=fresh
      COPY --chown=$WHO:crowd file.txt /both
    `,
    context: tree,
  },
  {
    name: 'copy-chown-from-stage',
    dockerfile: text`
      FROM base/busybox AS build
      RUN mkdir -p /out/sub && echo x > /out/sub/x && chown -R 1:1 /out
      FROM base/busybox
      COPY --from=build --chown=worker:worker /out /out
    `,
  },
  {
    name: 'copy-chown-unknown-user',
    dockerfile: text`
      FROM base/busybox
      COPY --chown=nobody-like-this file.txt /file
    `,
    context: tree,
    outcome: 'mistake',
  },
  {
    name: 'copy-chown-name-without-passwd',
    dockerfile: text`
      FROM scratch
      COPY --chown=worker file.txt /file
    `,
    context: tree,
    outcome: 'mistake',
  },
  {
    name: 'copy-does-not-use-user',
    dockerfile: text`
      FROM base/busybox
      USER worker
      COPY file.txt /home/worker/
      WORKDIR /made/by/workdir
      ADD dir .
    `,
    context: tree,
  },
  {
    name: 'copy-chmod',
    dockerfile: text`
      FROM base/busybox
      COPY --chmod=0750 file.txt /file
      COPY --chmod=644 dir/sub/deep.txt /deep
      ADD --chmod=4755 file.txt /setuid
      COPY --chown=worker --chmod=0400 file.txt /owned
    `,
    context: tree,
    translated: {
      docker: {
        dockerfile: text`
          FROM base/busybox
          COPY file.txt /file
          COPY dir/sub/deep.txt /deep
          ADD file.txt /setuid
          COPY --chown=worker file.txt /owned
          RUN chmod 0750 /file && chmod 0644 /deep && chmod 4755 /setuid && chmod 0400 /owned
        `,
        refusal: /chmod option requires BuildKit/,
      },
    },
  },
  {
    name: 'copy-heredoc',
    dockerfile: text`
      FROM base/busybox
      ENV NAME=value
      COPY <<EOF /etc/conf
      name = $NAME
      EOF
      COPY <<'raw' <<-tabs /files/
      name = $NAME
      raw
      	no tab
      tabs
      COPY --chown=worker <<EOF file.txt /mixed/
      EOF
    `,
    context: tree,
    translated: { docker: inlineInOldWords(), buildah: inlineInOldWords() },
  },
]

/** Both peers take `<<EOF` for a file's name, or for a mistake, depending on what follows. */
function inlineInOldWords() {
  return {
    dockerfile: text`
      FROM base/busybox
      ENV NAME=value
      COPY conf /etc/conf
      COPY raw tabs /files/
      COPY --chown=worker EOF file.txt /mixed/
    `,
    context: { conf: 'name = value\n', raw: 'name = $NAME\n', tabs: 'no tab\n', EOF: '' },
    refusal: /unknown instruction|no such file|no source files|failed/i,
  }
}
