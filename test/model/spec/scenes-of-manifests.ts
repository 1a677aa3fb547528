/**
 * Scenes in which manifests and tags are pushed, moved, deleted and kept.
 * @module
 */
import { blob, collector, manifestCells, pusher, uploader } from './roles.ts'
import type { Scene } from './scenes.ts'

const tagged = { init: [...blob('D1'), ...manifestCells('M1', 't')], acknowledged: ['r/A/m/M1'] }
const deleteM1 = { kind: 'delManifest', m: 'M1', repo: 'A' } as const
const noPreCheck = { noM2: 1 }
const untagged = { gcManifests: 1 }

export const manifestScenes: Readonly<Record<string, Scene>> = {
  'push-gc': {
    about: 'push of a manifest whose blob is old, GC',
    init: blob('D1'),
    processes: [pusher('M1', 't'), collector()],
    faults: { crash: 1, lost: 1 },
  },
  'push-gc-gc': {
    about: 'push, two GC runs',
    init: blob('D1'),
    processes: [pusher('M1', 't'), collector('g1'), collector('g2')],
  },
  'push-push-gc': {
    about: 'two pushers of one manifest, GC',
    init: blob('D1'),
    processes: [pusher('M1', 't'), pusher('M1', 's'), collector()],
  },
  'up-push-gc': {
    about: 'uploader, pusher, GC',
    init: blob('D1'),
    processes: [uploader('1'), pusher('M1'), collector()],
  },
  'push2-gc': {
    about: 'manifest of two blobs, GC',
    init: [...blob('D1'), ...blob('D2')],
    processes: [pusher('M2', 't'), collector()],
    faults: { crash: 1 },
  },
  'push-del': {
    about: 'push with tag, DELETE of the same manifest',
    ...tagged,
    processes: [pusher('M1', 't'), deleteM1],
    faults: { crash: 1 },
  },
  'push-del-gc': {
    about: 'push with tag, DELETE manifest, GC',
    ...tagged,
    processes: [pusher('M1', 't'), deleteM1, collector()],
  },
  tags: {
    about: 'two pushes to one tag, DELETE tag',
    init: [...blob('D1'), ...blob('D2')],
    processes: [pusher('M1', 't'), pusher('M3', 't'), { kind: 'delTag', tag: 't', repo: 'A' }],
    switches: noPreCheck,
  },
  delblob: {
    about: 'two pushers of one manifest, DELETE blob',
    ...tagged,
    processes: [pusher('M1', 's'), pusher('M1', 't'), { kind: 'delBlob', d: 'D1', repo: 'A' }],
  },
  'mount-gc': {
    about: 'mount, push in the other repository, GC of pointers and links',
    init: blob('D1', 'p', ['B']),
    processes: [{ kind: 'mounter', from: 'B', repo: 'A', d: 'D1' }, pusher('M1', 't'), collector()],
    switches: { gcLinks: 1 },
  },
  'links-gc': {
    about: 'push, two GC runs that also condemn links',
    init: blob('D1'),
    processes: [pusher('M1', 't'), collector('g1'), collector('g2')],
    switches: { gcLinks: 1, ...noPreCheck },
  },
  'untagged-gc': {
    about: 'push with tag, GC with the untagged policy',
    init: blob('D1'),
    processes: [pusher('M1', 't'), collector()],
    switches: { gcLinks: 1, ...untagged },
  },
  'retag-gc': {
    about: 'new tag for an old manifest, DELETE old tag, GC with the untagged policy',
    init: [...blob('D1'), ...manifestCells('M1', 'z')],
    acknowledged: ['r/A/m/M1'],
    processes: [pusher('M1', 'a'), { kind: 'delTag', tag: 'z', repo: 'A' }, collector()],
    switches: { ...untagged, ...noPreCheck },
  },
  'index-gc': {
    about: 'index over an old untagged child, GC with the untagged policy',
    init: [...blob('D1'), ...manifestCells('M1')],
    processes: [pusher('IX', 't'), collector()],
    switches: { gcLinks: 1, ...untagged },
  },
  'index-gc-gc': {
    about: 'the same, two GC runs',
    init: [...blob('D1'), ...manifestCells('M1')],
    processes: [pusher('IX', 't'), collector('g1'), collector('g2')],
    switches: untagged,
  },
  'referrer-gc': {
    about: 'referrer of an old tagged manifest, GC with the untagged policy',
    init: [...blob('D1'), ...blob('D2'), ...manifestCells('M1', 't')],
    acknowledged: ['r/A/m/M1'],
    processes: [pusher('RF'), collector()],
    switches: untagged,
  },
  'inline-gc': {
    about: 'inline blob, push, GC',
    processes: [uploader('1', 'D1', 'A', { inline: 1 }), pusher('M1', 't'), collector()],
    faults: { crash: 1 },
  },
  'm3-skip': {
    about: 'two pushers of one manifest while its dead blob is uploaded again',
    init: [
      ['b/D1', { st: 'dead' }],
      ['r/A/b/D1', { st: 'live' }],
    ],
    processes: [pusher('M1'), pusher('M1'), uploader('1')],
    switches: noPreCheck,
  },
  'ix-child': {
    about: 'index push while its child is deleted by a client, GC',
    init: [...blob('D1'), ...manifestCells('M1', 'c')],
    processes: [pusher('IX', 't'), deleteM1, collector()],
    switches: untagged,
  },
  'push-repo-del': {
    about: 'push with tag, DELETE of the repository',
    init: [...blob('D1'), ...manifestCells('M1', 't'), ['cat/A', { st: 'mark' }]],
    acknowledged: ['r/A/m/M1'],
    processes: [pusher('M1', 't'), { kind: 'delRepo', repo: 'A' }],
    faults: { crash: 1, lost: 1 },
    switches: { catalog: 1, tries: 1 },
  },
  'mount-push-repo-del': {
    about: 'mount, push of its manifest, DELETE of the repository',
    init: [...blob('D1', 'pD1', ['A', 'B']), ['cat/A', { st: 'mark' }]],
    processes: [{ kind: 'mounter', from: 'B', repo: 'A', d: 'D1' }, pusher('M1', 't'), { kind: 'delRepo', repo: 'A' }],
    switches: { catalog: 1, ...noPreCheck, tries: 1 },
  },
  'push-repo-del-gc': {
    about: 'push with tag, DELETE of the repository, GC',
    init: [...blob('D1'), ['cat/A', { st: 'mark' }]],
    processes: [pusher('M1', 't'), { kind: 'delRepo', repo: 'A' }, collector()],
    switches: { catalog: 1, gcLinks: 1, ...noPreCheck, tries: 1 },
  },
  'gc-delay': {
    about: 'GC whose PUTs may be delayed, pusher',
    init: blob('D1'),
    processes: [collector('g1'), pusher('M1', 't')],
    faults: { lost: 2 },
    delay: true,
  },
  'timed-push-gc': {
    about: 'push, GC, clock',
    timed: true,
    init: blob('D1'),
    processes: [pusher('M1', 't'), collector()],
    faults: { tick: 3 },
    switches: { gcLinks: 1 },
  },
}
