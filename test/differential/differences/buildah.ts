/**
 * Where buildah 1.28 does something else than docker, and tsreg does as docker.
 * @module
 */

import type { Difference } from './difference.ts'

const always = { peers: ['buildah'], aspect: 'tree' } as const
const outcome = { peers: ['buildah'], aspect: 'outcome', key: /^outcome$/ } as const
const weRefuse = { ...outcome, ours: /^refused$/, theirs: /^built$/ } as const
const theyRefuse = { ...outcome, ours: /^built$/, theirs: /^refused$/ } as const
const theyBuild = { peers: ['buildah'], aspect: 'cache', key: /^step/, ours: /^from/, theirs: /^built$/ } as const
const theyReuse = { peers: ['buildah'], aspect: 'cache', key: /^step/, ours: /^built$/, theirs: /^from/ } as const

export const buildahDifferences: readonly Difference[] = [
  {
    ...always,
    name: 'buildah-mount-points',
    key: /^\/(run|etc\/hostname)$/,
    ours: /^absent$/,
    what: 'buildah leaves what it mounts things on in the layer of a RUN',
    reason: 'they are not of the command; docker leaves nothing',
  },
  {
    ...always,
    name: 'buildah-workdir-is-made-late',
    cases: [
      ...['workdir-with-variables', 'workdir-relative', 'workdir-after-user', 'workdir-trailing-slash-and-dots'],
      ...['copy-does-not-use-user', 'env-expansion'],
    ],
    key: /^/,
    ours: /^directory 0755 0:0$/,
    theirs: /^absent$/,
    what: 'buildah makes a WORKDIR only when a later step needs it',
    reason: 'docker makes it at once, so that it is there for whatever is started in it',
  },
  {
    ...always,
    name: 'buildah-parents-get-the-owner',
    cases: ['copy-chown-by-number', 'add-archive-owners'],
    key: /^\/(new|kept|changed)$/,
    ours: /^directory 0755 0:0$/,
    what: 'buildah gives directories that a COPY makes on its way the owner of what is copied',
    reason: 'docker makes them for 0:0',
  },
  {
    ...always,
    name: 'buildah-copy-over-a-link',
    cases: ['copy-over-a-symlink-to-a-file'],
    key: /^\/(link|target)$/,
    what: 'buildah replaces a symbolic link that a COPY names as its destination',
    reason: 'docker follows it, inside of the image, and writes what it leads to',
  },
  {
    ...always,
    name: 'buildah-brackets-in-names',
    cases: ['copy-name-with-brackets'],
    key: /^\/brackets\//,
    what: 'buildah takes `a[[]b].txt` for another pattern',
    reason: 'the pattern language is that of filepath.Match, where [[] is one bracket',
  },
  {
    peers: ['buildah'],
    aspect: 'config',
    name: 'buildah-label',
    key: /^label io\.buildah\.version$/,
    ours: /^absent$/,
    what: 'buildah labels what it builds with its version',
    reason: 'a label that nobody wrote would make two versions of a builder make two images',
  },
  {
    peers: ['buildah'],
    aspect: 'config',
    name: 'buildah-inherited-shell',
    cases: ['shell-inherited'],
    key: /^Entrypoint$/,
    what: 'buildah forgets the SHELL of the image it builds on',
    reason: 'docker keeps it: it is stored in the config for that',
  },
  {
    peers: ['buildah'],
    aspect: 'config',
    name: 'buildah-port-ranges',
    cases: ['expose-forms'],
    key: /^ExposedPorts$/,
    what: 'buildah stores a range of ports as one',
    reason: 'docker stores each port, as the image specification has it',
  },
  {
    peers: ['buildah'],
    aspect: 'config',
    name: 'buildah-escape-directive',
    cases: ['syntax-escape-directive'],
    key: /^Env$/,
    what: 'buildah expands with a backslash whatever the escape directive says',
    reason: 'docker uses the escape character of the directive',
  },
  {
    ...weRefuse,
    name: 'buildah-builds-mistakes',
    cases: ['fails-stage-name-with-a-digit-first', 'fails-several-sources-to-a-file', 'fails-bad-expose'],
    what: 'buildah builds what docker refuses: a bad stage name, a file as the destination of several, a port that is none',
    reason: 'each is a mistake that would show later, in a place that is harder to find',
  },
  {
    ...weRefuse,
    name: 'buildah-sources-above-the-context',
    cases: ['copy-above-the-context'],
    what: 'buildah takes `../x` for `x`',
    reason: 'docker refuses a source that leads out of the context, and says so',
  },
  {
    ...weRefuse,
    name: 'buildah-group-of-a-user',
    cases: ['copy-chown-user-without-group-of-its-name'],
    what: 'buildah takes the first group of a user whom --chown names alone',
    reason: 'docker wants a group of the same name',
  },
  {
    peers: ['buildah'],
    aspect: 'config',
    name: 'buildah-interval-of-no-healthcheck',
    cases: ['healthcheck-none'],
    key: /^Healthcheck$/,
    what: 'HEALTHCHECK NONE takes the inherited interval away',
    reason: 'docker only replaces what the instruction says',
  },
  {
    ...theyRefuse,
    name: 'buildah-device-nodes',
    cases: ['run-special-files', 'from-debian-replaced-directory'],
    what: 'no RUN of buildah can make a device node',
    reason: 'docker has CAP_MKNOD among its default capabilities',
  },
  {
    ...theyRefuse,
    name: 'buildah-stage-names-in-upper-case',
    cases: ['from-stage-named-in-upper-case'],
    what: 'buildah does not find a stage by its name in other letters',
    reason: 'docker takes upper and lower case for the same in names of stages',
  },
  {
    ...theyBuild,
    name: 'buildah-owners-in-the-context',
    cases: ['cache-owners-only'],
    what: 'buildah builds again when files of the context belong to somebody else',
    reason: 'what is copied belongs to 0:0 whoever has it in the context',
  },
  {
    ...theyBuild,
    name: 'buildah-spelling',
    cases: ['cache-env-quoted', 'cache-blanks-before-arguments', 'cache-line-continued'],
    what: 'buildah builds again when an instruction is spelled in another way that means the same',
    reason: 'docker compares what an instruction does',
  },
  {
    ...theyBuild,
    name: 'buildah-predefined-arguments',
    cases: ['cache-build-argument-predefined'],
    what: 'buildah builds again when a proxy is given',
    reason: 'docker leaves predefined arguments out of the cache: a proxy is of the machine, not of the image',
  },
  {
    ...theyReuse,
    name: 'buildah-argument-defaults',
    cases: ['cache-argument-default'],
    what: 'buildah does not build again when the default of an ARG is changed',
    reason: 'docker does: a RUN sees the value',
  },
]
