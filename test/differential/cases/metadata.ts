/**
 * LABEL, EXPOSE, VOLUME, STOPSIGNAL, ONBUILD, HEALTHCHECK and MAINTAINER.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const metadataCases: readonly BuildCase[] = [
  {
    name: 'label-forms',
    dockerfile: text`
      FROM base/busybox
      LABEL one=1 "two words"="two values" com.example.three='3 3'
      LABEL legacy the rest of the line
      LABEL one=changed empty="" multi="a \
      b"
    `,
  },
  {
    name: 'label-inherited',
    dockerfile: text`
      FROM base/busybox AS parent
      LABEL kept=parent changed=parent
      FROM parent
      LABEL changed=child
    `,
  },
  {
    name: 'expose-forms',
    dockerfile: text`
      FROM base/busybox
      ENV PORT=9000 MORE="1234 5678/udp"
      EXPOSE 80 443/tcp 53/udp
      EXPOSE 8000-8003 $PORT
      EXPOSE $MORE
      EXPOSE 80
    `,
  },
  {
    name: 'volume-forms',
    dockerfile: text`
      FROM base/busybox
      ENV WHERE=/expanded
      VOLUME /one /two
      VOLUME ["/three", "/with space"]
      VOLUME $WHERE relative
    `,
  },
  {
    name: 'volume-discards-what-comes-after',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /data && echo before > /data/before
      VOLUME /data
      RUN echo after > /data/after; ls /data > /seen
      COPY file /data/copied
    `,
    context: { file: 'copied\n' },
  },
  {
    name: 'stopsignal',
    dockerfile: text`
      FROM base/busybox
      ARG SIGNAL=SIGQUIT
      STOPSIGNAL $SIGNAL
    `,
  },
  {
    name: 'stopsignal-by-number',
    dockerfile: text`
      FROM base/busybox
      STOPSIGNAL 9
    `,
  },
  {
    name: 'stopsignal-unknown',
    dockerfile: text`
      FROM base/busybox
      STOPSIGNAL SIGNOTHING
    `,
    outcome: 'mistake',
  },
  {
    name: 'onbuild-stored',
    dockerfile: text`
      FROM base/busybox
      ONBUILD RUN echo triggered > /triggered
      ONBUILD COPY . /src
      ONBUILD ENV A=b
      onbuild workdir   /x
    `,
  },
  {
    name: 'onbuild-triggered',
    dockerfile: text`
      FROM base/busybox AS parent
      ONBUILD RUN echo triggered > /triggered
      ONBUILD COPY file /src/
      ONBUILD ENV A=b
      ONBUILD CMD ["from", "parent"]
      RUN test ! -e /triggered
      FROM parent
      RUN cat /triggered > /copy && echo $A >> /copy
    `,
    context: { file: 'file\n' },
  },
  {
    name: 'onbuild-not-inherited-twice',
    dockerfile: text`
      FROM base/busybox AS parent
      ONBUILD RUN echo x >> /count
      FROM parent AS child
      RUN echo child > /child
      FROM child
      RUN echo grandchild > /grandchild
    `,
  },
  {
    name: 'onbuild-forbidden',
    dockerfile: text`
      FROM base/busybox
      ONBUILD FROM base/busybox
    `,
    outcome: 'mistake',
  },
  {
    name: 'healthcheck-shell-form',
    dockerfile: text`
      FROM base/busybox
      HEALTHCHECK --interval=1m30s --timeout=3s --start-period=500ms --retries=5 CMD test -e /healthy || exit 1
    `,
  },
  {
    name: 'healthcheck-exec-form',
    dockerfile: text`
      FROM base/busybox
      HEALTHCHECK CMD ["/bin/true", "$X"]
    `,
  },
  {
    name: 'healthcheck-none',
    dockerfile: text`
      FROM base/busybox AS parent
      HEALTHCHECK --interval=5s CMD true
      FROM parent
      HEALTHCHECK NONE
    `,
  },
  {
    name: 'maintainer',
    dockerfile: text`
      FROM base/busybox
      MAINTAINER Somebody Else <somebody@example.com>
      RUN true
    `,
  },
]
