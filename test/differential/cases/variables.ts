/**
 * ENV and ARG: who sees which value, and what is expanded where.
 * @module
 */

import type { BuildCase } from '../build-case.ts'
import { text } from './text.ts'

export const variableCases: readonly BuildCase[] = [
  {
    name: 'env-forms',
    dockerfile: text`
      FROM base/busybox
      ENV ONE=1 TWO="two words" THREE=three\ words FOUR='single $ONE'
      ENV LEGACY the rest  of the line "with quotes"
      ENV EMPTY=
      ENV ONE=changed
      RUN env | grep -E '^(ONE|TWO|THREE|FOUR|LEGACY|EMPTY)=' | sort > /env
    `,
  },
  {
    name: 'env-expansion',
    dockerfile: text`
      FROM base/busybox
      ENV A=a EMPTY=""
      ENV B=$A C=\${A}c D=\$A E="\${A} $A" F='$A'
      ENV G=\${NONE:-default} H=\${A:+set} I=\${NONE:+set} J=\${EMPTY:-empty} K=$NONE.
      ENV A=changed FROM_BEFORE=$A
      ENV P=$PATH:/more
      LABEL l="$A-\${B}" m='$A'
      WORKDIR /$A/\${B}
    `,
  },
  {
    name: 'env-quotes-and-escapes',
    dockerfile: text`
      FROM base/busybox
      ENV A="double \" quote" B='single " quote' C=back\\slash D="dollar \$HOME" E=a"b"'c'd
      ENV F="tab	inside" G=equals=sign=s H="a \
      b"
      ENV I=last \
          J=line
    `,
  },
  {
    name: 'arg-scopes',
    dockerfile: text`
      ARG GLOBAL=global
      FROM base/busybox AS one
      RUN echo "[$GLOBAL]" > /before
      ARG GLOBAL
      ARG LOCAL=local
      RUN echo "[$GLOBAL] [$LOCAL]" > /after
      FROM base/busybox
      COPY --from=one /before /after /
      RUN echo "[$GLOBAL] [$LOCAL]" > /other-stage
    `,
  },
  {
    name: 'arg-from-the-command-line',
    dockerfile: text`
      FROM base/busybox
      RUN echo "[$LATE]" > /before
      ARG LATE=default
      ARG UNSET
      ARG WITHOUT_DEFAULT
      RUN echo "[$LATE] [$UNSET] [\${WITHOUT_DEFAULT}]" > /after
      ARG LATE=again
      RUN echo "[$LATE]" > /again
      LABEL late=$LATE
    `,
    buildArgs: { LATE: 'given', WITHOUT_DEFAULT: 'a b' },
  },
  {
    name: 'arg-and-env-of-one-name',
    dockerfile: text`
      FROM base/busybox
      ARG NAME=arg
      ENV NAME=env
      RUN echo "$NAME" > /env-after-arg
      ARG NAME=arg-again
      RUN echo "$NAME" > /arg-after-env
      ENV COPY=\${NAME}
    `,
    buildArgs: { NAME: 'given' },
  },
  {
    name: 'arg-defaults-from-other-args',
    dockerfile: text`
      ARG BASE=busybox
      ARG REPOSITORY=base/\${BASE}
      FROM \${REPOSITORY}
      ARG A=1
      ARG B=\${A}2
      ARG C="quoted $B"
      RUN echo "$A $B $C" > /args
    `,
  },
  {
    name: 'arg-predefined',
    dockerfile: text`
      FROM base/busybox
      RUN echo "$HTTP_PROXY $no_proxy" > /proxies
    `,
    buildArgs: { HTTP_PROXY: 'http://127.0.0.1:9', no_proxy: 'localhost' },
  },
  {
    name: 'arg-not-declared',
    dockerfile: text`
      FROM base/busybox
      RUN echo "[$STRANGER]" > /stranger
    `,
    buildArgs: { STRANGER: 'given' },
  },
  {
    name: 'arg-shell-expansion-is-the-shells',
    dockerfile: text`
      FROM base/busybox
      ARG LIST="a b c"
      RUN for item in $LIST; do echo $item; done > /items
      CMD echo $LIST
      ENTRYPOINT ["echo", "$LIST"]
    `,
  },
]
