/**
 * What an image says of its containers: command, environment, user, directory, volumes.
 * @module
 */

import { text } from '../../differential/cases/text.ts'
import type { RunCase } from '../run-case.ts'

export const imageCases: readonly RunCase[] = [
  {
    name: 'cmd-exec-form',
    dockerfile: text`
      FROM base/busybox
      CMD ["echo", "hello", "$HOME", "a  b"]
    `,
  },
  {
    name: 'cmd-shell-form',
    dockerfile: text`
      FROM base/busybox
      ENV NAME="some body"
      CMD echo "hello $NAME"; echo $0 $$
    `,
  },
  {
    name: 'cmd-replaced',
    dockerfile: text`
      FROM base/busybox
      CMD ["false"]
    `,
    command: ['echo', 'from the command line'],
  },
  {
    name: 'entrypoint-with-cmd',
    dockerfile: text`
      FROM base/busybox
      ENTRYPOINT ["echo", "entry"]
      CMD ["cmd"]
    `,
  },
  {
    name: 'entrypoint-with-arguments',
    dockerfile: text`
      FROM base/busybox
      ENTRYPOINT ["echo", "entry"]
      CMD ["cmd"]
    `,
    command: ['one', 'two words', '', '*', '$HOME'],
  },
  {
    name: 'entrypoint-shell-form',
    dockerfile: text`
      FROM base/busybox
      ENTRYPOINT echo shell "$@"
      CMD ["ignored"]
    `,
    command: ['also', 'ignored'],
  },
  {
    name: 'entrypoint-replaced',
    dockerfile: text`
      FROM base/busybox
      ENTRYPOINT ["false"]
      CMD ["image"]
    `,
    flags: ['--entrypoint=/bin/echo'],
    command: ['instead'],
  },
  {
    name: 'environment-of-the-image',
    dockerfile: text`
      FROM base/busybox
      ENV ONE=1 TWO="2  2" EMPTY= PATH=/opt/bin:$PATH
      CMD ["env"]
    `,
  },
  {
    name: 'environment-from-flags',
    dockerfile: text`
      FROM base/busybox
      ENV ONE=1 TWO=2
      CMD ["env"]
    `,
    flags: ['-e', 'TWO=changed', '--env=THREE=3=3', '-e', 'FOUR='],
  },
  {
    name: 'environment-of-a-base-without-any',
    dockerfile: text`
      FROM scratch
      COPY --from=base/busybox /bin/busybox /bin/env
      CMD ["/bin/env"]
    `,
  },
  {
    name: 'environment-of-a-user',
    dockerfile: text`
      FROM base/busybox
      USER worker
      CMD ["env"]
    `,
  },
  {
    name: 'user-by-name',
    dockerfile: text`
      FROM base/busybox
      USER worker
      CMD id; echo $HOME
    `,
  },
  {
    name: 'user-and-group-by-name',
    dockerfile: text`
      FROM base/busybox
      USER guest:staff
      CMD id
    `,
  },
  {
    name: 'user-by-number-in-passwd',
    dockerfile: text`
      FROM base/busybox
      USER 1001
      CMD id; echo $HOME
    `,
  },
  {
    name: 'user-by-number-not-in-passwd',
    dockerfile: text`
      FROM base/busybox
      USER 4321:8765
      CMD id; echo $HOME
    `,
    notPodman: 'it adds a line for the number to /etc/passwd',
  },
  {
    name: 'user-from-flags',
    dockerfile: text`
      FROM base/busybox
      USER worker
      CMD id
    `,
    flags: ['-u', 'guest'],
  },
  {
    name: 'workdir-of-the-image',
    dockerfile: text`
      FROM base/busybox
      WORKDIR /some/where
      CMD pwd; echo $PWD
    `,
  },
  {
    name: 'workdir-from-flags-that-is-not-there',
    dockerfile: text`
      FROM base/busybox
      WORKDIR /some/where
    `,
    flags: ['-w', '/made/now'],
    command: ['sh', '-c', 'pwd; stat -c "%a %u:%g" /made /made/now'],
    notPodman: 'it refuses a directory that is not there',
  },
  {
    name: 'volume-with-content',
    dockerfile: text`
      FROM base/busybox
      RUN mkdir /data && echo kept > /data/file && chown -R worker /data && chmod 0750 /data
      VOLUME /data
      CMD stat -c '%a %u:%g %n' /data /data/file; cat /data/file; echo new > /data/new && ls /data
    `,
  },
  {
    name: 'debian-as-a-user',
    dockerfile: text`
      FROM base/debian
      RUN useradd --create-home --uid 4242 --groups audio,video somebody
      USER somebody
      WORKDIR /home/somebody
      CMD ["/bin/bash", "-c", "id; pwd; echo $HOME; perl -e 'print $<, qq( ), $0, qq(\\n)'; ls -la | wc -l"]
    `,
  },
]
