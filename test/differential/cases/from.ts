/**
 * FROM: stages, scratch, platform, targets, and the arguments before it.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const fromCases: readonly BuildCase[] = [
  {
    name: 'from-only',
    dockerfile: text`
      FROM base/busybox
      CMD ["-l"]
      ENTRYPOINT ["ls"]
    `,
  },
  {
    name: 'from-scratch',
    dockerfile: text`
      FROM scratch
      COPY hello /hello
      ENV WHERE=nowhere
      CMD ["/hello"]
    `,
    context: { hello: { content: 'hello\n', mode: 0o755 } },
  },
  {
    name: 'from-stages',
    dockerfile: text`
      FROM base/busybox AS one
      RUN echo one > /one && mkdir -p /tree/deep && echo leaf > /tree/deep/leaf
      FROM base/busybox AS two
      COPY --from=one /one /from-one
      RUN echo two > /two
      FROM scratch
      COPY --from=two /two /from-one /
      COPY --from=0 /tree /tree
    `,
  },
  {
    name: 'from-stage-named-in-upper-case',
    dockerfile: text`
      FROM base/busybox AS Build
      RUN echo upper > /upper
      FROM base/busybox
      COPY --from=build /upper /lower
      COPY --from=BUILD /upper /upper
    `,
  },
  {
    name: 'from-stage-as-base',
    dockerfile: text`
      FROM base/busybox AS first
      ARG COLOUR=red
      ENV PAINT=$COLOUR
      WORKDIR /work
      RUN echo first > file
      FROM first
      RUN echo "$PAINT \${COLOUR}" > second
      CMD ["cat", "second"]
    `,
  },
  {
    name: 'from-target',
    dockerfile: text`
      FROM base/busybox AS wanted
      RUN echo wanted > /wanted
      FROM base/busybox AS other
      RUN echo other > /other && exit 9
    `,
    target: 'wanted',
  },
  {
    name: 'from-target-by-number',
    dockerfile: text`
      FROM base/busybox
      LABEL stage=zero
      FROM base/busybox
      LABEL stage=one
      FROM base/busybox
      LABEL stage=two
    `,
    target: '1',
  },
  {
    name: 'from-arg',
    dockerfile: text`
      ARG NAME=nothing
      ARG TAG=latest
      FROM base/\${NAME}:$TAG
      ARG NAME
      ARG TAG=other
      RUN echo "$NAME $TAG" > /names
    `,
    buildArgs: { NAME: 'busybox' },
  },
  {
    name: 'from-arg-with-default',
    dockerfile: text`
      ARG FLAVOUR
      FROM base/\${FLAVOUR:-busybox} AS made
      RUN echo "flavour=$FLAVOUR." > /flavour
    `,
  },
  {
    name: 'from-platform',
    dockerfile: text`
      FROM --platform=linux/amd64 base/busybox
      RUN echo amd64 > /platform
    `,
  },
  {
    name: 'from-debian',
    dockerfile: text`
      FROM base/debian
      RUN echo 'deb http://127.0.0.1/debian bookworm main' > /etc/apt/sources.list && rm -rf /var/cache/apt /usr/share/doc/perl
      RUN useradd --create-home --uid 4242 builder && chmod 4755 /usr/bin/env && ln /etc/hostname /etc/hostname.link
      USER builder
      WORKDIR /home/builder
      CMD ["id"]
    `,
  },
  {
    name: 'from-debian-replaced-directory',
    dockerfile: text`
      FROM base/debian
      RUN rm -rf /usr/share/zoneinfo && mkdir /usr/share/zoneinfo && echo UTC > /usr/share/zoneinfo/default
      RUN mknod /dev/some-null c 1 3 && mkfifo /run/some-fifo && chgrp mail /run/some-fifo
    `,
  },
  {
    name: 'from-unused-stage',
    dockerfile: text`
      FROM base/busybox AS unused
      RUN echo unused > /unused
      FROM base/busybox
      RUN echo used > /used
    `,
  },
]
