/**
 * WORKDIR, CMD, ENTRYPOINT, USER and SHELL: what a container of the image begins with.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const processCases: readonly BuildCase[] = [
  {
    name: 'workdir-relative',
    dockerfile: text`
      FROM base/busybox
      WORKDIR first
      WORKDIR second/third
      WORKDIR ../fourth
      RUN pwd > /pwd
    `,
  },
  {
    name: 'workdir-with-variables',
    dockerfile: text`
      FROM base/busybox
      ENV BASE=/srv NAME=app
      WORKDIR $BASE/\${NAME}
      WORKDIR \${MISSING:-else}
      WORKDIR /with space
      RUN pwd > here
    `,
  },
  {
    name: 'workdir-that-exists',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /there && chmod 0700 /there && chown worker /there
      WORKDIR /there
      WORKDIR /tmp
      WORKDIR /
    `,
  },
  {
    name: 'workdir-through-a-link',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /real && ln -s /real /link
      WORKDIR /link/below
      RUN pwd -P > /where
    `,
  },
  {
    name: 'workdir-after-user',
    dockerfile: text`
      FROM base/busybox
      USER worker
      WORKDIR /made/for/root
    `,
  },
  {
    name: 'workdir-trailing-slash-and-dots',
    dockerfile: text`
      FROM base/busybox
      WORKDIR /a//b/./c/
      WORKDIR .
    `,
  },
  {
    name: 'cmd-forms',
    dockerfile: text`
      FROM base/busybox
      CMD echo shell $HOME
      CMD ["echo", "exec", "$HOME"]
    `,
  },
  {
    name: 'cmd-shell-form',
    dockerfile: text`
      FROM base/busybox
      CMD echo "shell form"   &&   echo two
    `,
  },
  {
    name: 'cmd-empty-list',
    dockerfile: text`
      FROM base/busybox
      CMD []
    `,
  },
  {
    name: 'entrypoint-resets-inherited-cmd',
    dockerfile: text`
      FROM base/busybox AS parent
      CMD ["inherited"]
      FROM parent
      ENTRYPOINT ["/bin/echo"]
    `,
  },
  {
    name: 'entrypoint-keeps-own-cmd',
    dockerfile: text`
      FROM base/busybox
      CMD ["mine"]
      ENTRYPOINT ["/bin/echo"]
    `,
  },
  {
    name: 'entrypoint-shell-form',
    dockerfile: text`
      FROM base/busybox
      ENTRYPOINT exec cat /etc/hosts
      CMD ["ignored"]
    `,
  },
  {
    name: 'entrypoint-empty-list',
    dockerfile: text`
      FROM base/busybox AS parent
      ENTRYPOINT ["/bin/echo"]
      CMD ["said"]
      FROM parent
      ENTRYPOINT []
      CMD ["/bin/date"]
    `,
  },
  {
    name: 'user-forms',
    dockerfile: text`
      FROM base/busybox
      ENV WHO=worker
      USER $WHO:staff
      USER 12:34
      USER \${WHO}
    `,
  },
  {
    name: 'shell-other',
    dockerfile: text`
      FROM base/busybox
      SHELL ["/bin/sh", "-e", "-c"]
      RUN false; echo never > /never
    `,
    outcome: 1,
  },
  {
    name: 'shell-inherited',
    dockerfile: text`
      FROM base/busybox AS parent
      SHELL ["/bin/busybox", "ash", "-u", "-c"]
      RUN echo "$0" > /zero
      CMD echo cmd
      FROM parent
      RUN echo "$0" > /inherited
      ENTRYPOINT echo entrypoint
    `,
  },
]
