/**
 * Dockerfiles that must not build, and with which status the builder ends.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const failureCases: readonly BuildCase[] = [
  {
    name: 'fails-run-status',
    dockerfile: text`
      FROM base/busybox
      RUN echo before > /before
      RUN exit 13
      RUN echo never
    `,
    outcome: 13,
  },
  {
    name: 'fails-run-status-1',
    dockerfile: text`
      FROM base/busybox
      RUN ["false"]
    `,
    outcome: 1,
  },
  {
    name: 'fails-run-status-255',
    dockerfile: text`
      FROM base/busybox
      RUN exit 255
    `,
    outcome: 255,
  },
  {
    name: 'fails-run-by-signal',
    dockerfile: text`
      FROM base/busybox
      RUN sh -c 'kill -KILL $$'; exit $?
    `,
    outcome: 137,
  },
  {
    name: 'fails-run-not-found-in-shell',
    dockerfile: text`
      FROM base/busybox
      RUN no-such-program --flag
    `,
    outcome: 127,
  },
  {
    name: 'fails-run-not-executable-in-shell',
    dockerfile: text`
      FROM base/busybox
      RUN /etc/passwd
    `,
    outcome: 126,
  },
  {
    name: 'fails-run-exec-form-not-found',
    dockerfile: text`
      FROM base/busybox
      RUN ["/no/such/program"]
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-run-unknown-user',
    dockerfile: text`
      FROM base/busybox
      USER nobody-like-this
      RUN true
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-missing-file',
    dockerfile: text`
      FROM base/busybox
      COPY missing.txt /
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-missing-file-in-stage',
    dockerfile: text`
      FROM base/busybox AS build
      FROM base/busybox
      COPY --from=build /missing /
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-wildcard-without-match',
    dockerfile: text`
      FROM base/busybox
      COPY *.missing /
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-several-sources-to-a-file',
    dockerfile: text`
      FROM base/busybox
      COPY a b /target
    `,
    context: { a: 'a\n', b: 'b\n' },
    outcome: 'mistake',
  },
  {
    name: 'fails-unknown-instruction',
    dockerfile: text`
      FROM base/busybox
      RUM echo typing error
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-unknown-flag',
    dockerfile: text`
      FROM base/busybox
      COPY --form=build a /
    `,
    context: { a: 'a\n' },
    outcome: 'mistake',
  },
  {
    name: 'fails-no-from',
    dockerfile: text`
      RUN echo first
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-empty',
    dockerfile: text`
      # nothing but a comment
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-unknown-stage',
    dockerfile: text`
      FROM base/busybox
      COPY --from=7 /etc/passwd /
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-unknown-target',
    dockerfile: text`
      FROM base/busybox AS one
    `,
    target: 'two',
    outcome: 'mistake',
  },
  {
    name: 'fails-missing-base',
    dockerfile: text`
      FROM scratch
      FROM 127.0.0.1:1/no/such/image:latest
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-env-without-value',
    dockerfile: text`
      FROM base/busybox
      ENV ONLYNAME
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-bad-substitution',
    dockerfile: text`
      FROM base/busybox
      ENV A=\${unclosed
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-bad-healthcheck',
    dockerfile: text`
      FROM base/busybox
      HEALTHCHECK --interval=often CMD true
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-bad-expose',
    dockerfile: text`
      FROM base/busybox
      EXPOSE eighty
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-shell-without-list',
    dockerfile: text`
      FROM base/busybox
      SHELL /bin/sh -c
    `,
    outcome: 'mistake',
  },
  {
    name: 'fails-stage-name-with-a-digit-first',
    dockerfile: text`
      FROM base/busybox AS 1stage
    `,
    outcome: 'mistake',
  },
]
