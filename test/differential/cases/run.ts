/**
 * RUN: both forms, what it sees of the image and the machine, and what of it ends up in the layer.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const runCases: readonly BuildCase[] = [
  {
    name: 'run-shell-form',
    dockerfile: text`
      FROM base/busybox
      RUN echo "a  b" '$HOME' $HOME > /words; echo $((1 + 2)) >> /words
      RUN set -e; for i in 1 2 3; do echo $i; done \
        > /numbers && \
        # a comment between two lines of one command
        wc -l < /numbers > /count
    `,
  },
  {
    name: 'run-exec-form',
    dockerfile: text`
      FROM base/busybox
      ENV GREETING=hello
      RUN ["/bin/sh", "-c", "echo $GREETING \"quoted\" > /greeting"]
      RUN [ "touch", "/with space", "/\u00e9" ]
      RUN ["mkdir", "$GREETING"]
    `,
  },
  {
    name: 'run-shell-form-that-looks-like-exec-form',
    dockerfile: text`
      FROM base/busybox
      RUN ['echo', 'single quotes are no JSON'] > /never || echo "status $?" > /status
    `,
  },
  {
    name: 'run-removes-and-replaces',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /data/sub && echo 1 > /data/one && echo 2 > /data/sub/two && ln -s one /data/link
      RUN rm /data/one && rm -rf /data/sub && mkdir /data/sub && echo 3 > /data/sub/three
      RUN rm /data/link && mkdir /data/link && echo 4 > /data/link/four
      RUN rm -rf /data/link && echo file > /data/link
    `,
  },
  {
    name: 'run-renames-a-directory',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /a/b/c && echo deep > /a/b/c/deep
      RUN mv /a/b /moved && mv /etc/group /etc/group.old && cp /etc/group.old /etc/group
    `,
  },
  {
    name: 'run-modes-and-owners',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /m && cd /m && touch setuid setgid plain none && mkdir sticky setgid-dir
      RUN cd /m && chown worker:users setuid && chmod 4755 setuid && chmod 2711 setgid && chmod 0 none
      RUN cd /m && chmod 1777 sticky && chown 70000:80000 setgid-dir && chmod 2750 setgid-dir
      RUN ln -s plain /m/link && chown -h worker:worker /m/link && umask 077 && echo secret > /m/secret
    `,
  },
  {
    name: 'run-touches-only-attributes',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir -p /d/e && echo f > /d/e/f
      RUN chmod 0700 /d
      RUN chown 12:34 /d/e
      RUN chmod 0600 /d/e/f
    `,
  },
  {
    name: 'run-hard-links',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /h && echo linked > /h/b && ln /h/b /h/a && ln /h/a /h/z
      RUN ln /h/a /h/later
      RUN rm /h/b
    `,
  },
  {
    name: 'run-special-files',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /s && cd /s && mkfifo fifo && mknod null c 1 3 && mknod loop b 7 9 && chmod 0640 loop
      RUN rm /s/null && mkdir /s/null
    `,
  },
  {
    name: 'run-changes-nothing',
    dockerfile: text`
      FROM base/busybox
      RUN true
      RUN cat /etc/passwd > /dev/null
      RUN touch /tmp/gone && rm /tmp/gone
    `,
  },
  {
    name: 'run-large-and-sparse',
    dockerfile: text`
      FROM base/busybox
      RUN dd if=/dev/zero of=/zeros bs=1M count=3 2> /dev/null
      RUN dd if=/dev/zero of=/sparse bs=1 count=1 seek=33554431 2> /dev/null && echo end >> /sparse
    `,
  },
  {
    name: 'run-odd-names',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /odd && cd /odd && touch 'a b' "$(printf 'new\nline')" '*' '\' '"quotes"' $(printf 'latin1-\351') ünïcode -- '-dash' '~' '#'
      RUN cd /odd && mkdir -p $(printf 'x%.0s' $(seq 1 200))/$(printf 'y%.0s' $(seq 1 200)) && touch x*/y*/leaf
      RUN ln -s $(printf 'z%.0s' $(seq 1 150)) /odd/long-target
    `,
  },
  {
    name: 'run-mounts-hide',
    dockerfile: text`
      FROM base/busybox
      RUN echo proc > /marker && test -d /proc/self && test -d /sys/kernel && echo yes > /has-proc
      RUN echo shm > /dev/shm/file && test -c /dev/null && test -e /dev/fd
    `,
  },
  {
    name: 'run-environment',
    dockerfile: text`
      FROM base/busybox
      ENV B=2 A="one two"
      ARG GIVEN=default
      ARG UNUSED
      RUN env | grep -v -e ^HOSTNAME= -e ^container= | sort > /environment
      RUN hostname | wc -c > /hostname-length; id > /id; pwd > /pwd; umask > /umask
    `,
    buildArgs: { GIVEN: 'from the command line' },
  },
  {
    name: 'run-reads-nothing',
    dockerfile: text`
      FROM base/busybox
      RUN cat > /input; wc -c < /input > /length; test -t 0 || echo no terminal > /terminal
    `,
  },
  {
    name: 'run-as-user',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /shared && chmod 1777 /shared
      USER worker
      RUN id -u > /shared/worker; id -G > /shared/worker-groups; echo $HOME > /shared/worker-home
      USER guest:staff
      RUN id -u > /shared/guest; id -g > /shared/guest-group
      USER 4000:5000
      RUN id -u > /shared/number; id -g > /shared/number-group; echo $HOME > /shared/number-home
      USER 1000
      RUN id -G > /shared/by-number-groups; echo $HOME > /shared/by-number-home
    `,
  },
  {
    name: 'run-does-not-see-entrypoint-or-cmd',
    dockerfile: text`
      FROM base/busybox
      ENTRYPOINT ["/bin/false"]
      CMD ["never"]
      RUN echo ran > /ran
    `,
  },
  {
    name: 'run-heredoc',
    dockerfile: text`
      FROM base/busybox
      ENV NAME=value
      RUN <<EOF
      echo "first $NAME" > /first
      if true; then
        echo second > /second
      fi
      EOF
      RUN cat <<'ONE' > /one && cat <<-TWO > /two
      no $NAME here
      ONE
      	tab is gone, $NAME is not
      	TWO
    `,
    translated: {
      docker: { dockerfile: heredocInOldWords(), refusal: /unknown instruction|syntax error/i },
      buildah: { dockerfile: heredocInOldWords(), refusal: /unknown instruction|syntax error/i },
    },
  },
]

function heredocInOldWords(): string {
  return text`
    FROM base/busybox
    ENV NAME=value
    RUN echo "first $NAME" > /first; if true; then echo second > /second; fi
    RUN echo 'no $NAME here' > /one && echo "tab is gone, $NAME is not" > /two
  `
}
