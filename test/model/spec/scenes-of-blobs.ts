/**
 * Scenes in which blobs are uploaded, cancelled and cleared away.
 * @module
 */
import { blob, collector, finalizer, janitor, manifestCells, pusher, uploader } from './roles.ts'
import type { Scene } from './scenes.ts'

const oneRequest = { one: 1 }
const ofParts = { mpu: 1 }
const inline = { inline: 1 }

export const blobScenes: Readonly<Record<string, Scene>> = {
  'up-jan': {
    about: 'one uploader, janitor',
    processes: [uploader('1'), janitor],
    faults: { crash: 1, lost: 1 },
  },
  'up-jan-twice': {
    about: 'one uploader, janitor, a write that takes place twice',
    processes: [uploader('1'), janitor],
    faults: { lost: 1 },
    twice: true,
  },
  'one-gc-twice': {
    about: 'upload in one request, GC, writes that take place twice',
    processes: [uploader('1', 'D1', 'A', oneRequest), collector()],
    faults: { lost: 2 },
    twice: true,
  },
  'up-gc': { about: 'one uploader, GC', processes: [uploader('1'), collector()], faults: { crash: 1, lost: 1 } },
  'up-gc-jan': {
    about: 'uploader, GC, janitor',
    processes: [uploader('1'), collector(), janitor],
    faults: { crash: 1 },
  },
  'up-up-jan': {
    about: 'two uploaders of one digest, janitor',
    processes: [uploader('1'), uploader('2'), janitor],
    faults: { crash: 1 },
  },
  'up-up': { about: 'two uploaders of one digest', processes: [uploader('1'), uploader('2')] },
  'up-up-gc': { about: 'two uploaders of one digest, GC', processes: [uploader('1'), uploader('2'), collector()] },
  'up-up-jan-jan': {
    about: 'two uploaders, two janitors',
    processes: [uploader('1'), uploader('2'), janitor, janitor],
  },
  'same-session': {
    about: 'two concurrent PUT ?digest on one session, same bytes',
    processes: [uploader('1'), finalizer('1')],
    faults: { crash: 1 },
  },
  'same-session-jan': { about: 'the same, janitor', processes: [uploader('1'), finalizer('1'), janitor] },
  'same-session-gc': { about: 'the same, GC', processes: [uploader('1'), finalizer('1'), collector()] },
  poison: {
    about: 'two concurrent PUT ?digest on one session, different bytes',
    processes: [uploader('1', 'D1'), finalizer('1', 'D2')],
  },
  'tomb-jan': {
    about: 'upload, janitor, physical removal of the tombstone of the pointer (v2 must fail)',
    processes: [uploader('1'), janitor, { kind: 'tombstones', d: 'D1' }],
    faults: { crash: 1 },
  },
  'tomb-gc': {
    about: 'upload, GC, physical removal of the tombstone of the pointer',
    processes: [uploader('1'), collector(), { kind: 'tombstones', d: 'D1' }],
    faults: { crash: 1 },
  },
  'jan-order': {
    about: 'crashed `new` of another upload; client retry on a committed session, two janitors',
    init: [
      ['u/1', { st: 'commit', d: 'D1' }],
      ['d/1', { d: 'D1' }],
      ['b/D1', { st: 'new', x: '9' }],
    ],
    processes: [finalizer('1', 'D1', 'A', ofParts), janitor, janitor],
  },
  'base-order': {
    about: 'crashed session 0, two finalizers of session 1, janitor',
    init: [
      ['u/0', { st: 'commit', d: 'D1', base: { key: 'b/D1', version: 0 } }],
      ['d/0', { d: 'D1' }],
      ['u/1', { st: 'open' }],
      ['d/1', { d: 'D1' }],
    ],
    processes: [finalizer('1', 'D1', 'A', ofParts), finalizer('1', 'D1', 'A', ofParts), janitor],
  },
  'one-gc': {
    about: 'upload in one request (session born committed), GC',
    processes: [uploader('1', 'D1', 'A', oneRequest), collector()],
    faults: { crash: 1, lost: 1 },
  },
  'one-reuse': {
    about: 'upload in one request that uses a key again (must fail)',
    processes: [uploader('1', 'D1', 'A', oneRequest), uploader('1', 'D1', 'A', oneRequest), collector()],
  },
  'one-jan': {
    about: 'upload in one request, janitor',
    processes: [uploader('1', 'D1', 'A', oneRequest), janitor],
    faults: { crash: 1, lost: 1 },
  },
  'one-one-gc-jan': {
    about: 'two uploads in one request of one digest, GC, janitor',
    processes: [uploader('1', 'D1', 'A', oneRequest), uploader('2', 'D1', 'A', oneRequest), collector(), janitor],
  },
  'one-up-jan': {
    about: 'upload in one request and session upload of one digest, janitor',
    processes: [uploader('1', 'D1', 'A', oneRequest), uploader('2'), janitor],
  },
  big: {
    about: 'to be walked: uploads, mount, pushes, deletes, GC with links and untagged policy, janitors, faults',
    processes: [
      uploader('1'),
      finalizer('1'),
      uploader('2', 'D1', 'B'),
      uploader('3', 'D2'),
      pusher('M1', 't'),
      pusher('M2', 't'),
      pusher('IX', 's'),
      pusher('M1', 't', 'B'),
      { kind: 'mounter', from: 'B', repo: 'A', d: 'D1' },
      { kind: 'delManifest', m: 'M1', repo: 'A' },
      { kind: 'delTag', tag: 's', repo: 'A' },
      { kind: 'cancel', x: '2' },
      collector('g1'),
      collector('g2'),
      janitor,
      janitor,
    ],
    init: [...blob('D1', 'o', ['A', 'B']), ...manifestCells('M1', 'z')],
    acknowledged: ['r/A/m/M1'],
    faults: { crash: 3, lost: 3 },
    delay: true,
    switches: { gcLinks: 1, gcManifests: 1, tries: 4 },
  },
  big2: {
    about: 'to be walked: uploads of one digest only',
    processes: [
      uploader('1'),
      finalizer('1'),
      finalizer('1'),
      uploader('2'),
      finalizer('2'),
      uploader('3', 'D1', 'A', inline),
      pusher('M1', 't'),
      { kind: 'cancel', x: '1' },
      collector('g1'),
      collector('g2'),
      janitor,
      janitor,
    ],
    faults: { crash: 3, lost: 3 },
    delay: true,
    switches: { tries: 5 },
  },
  all3: {
    about: 'upload, push of its manifest, GC, janitor',
    processes: [uploader('1'), pusher('M1', 't'), collector(), janitor],
  },
  cancel: {
    about: 'uploader, DELETE upload, GC',
    processes: [uploader('1'), { kind: 'cancel', x: '1' }, collector()],
    faults: { crash: 1 },
  },
  'inline-mixed': {
    about: 'inline upload and session upload of one digest, GC',
    processes: [uploader('1', 'D1', 'A', inline), uploader('2'), collector()],
  },
  'gc-gc-crash': {
    about: 'two GC runs, one crashes',
    init: blob('D1'),
    processes: [collector('g1'), collector('g2')],
    faults: { crash: 1 },
  },
  'timed-up-gc': {
    about: 'duplicate upload, GC, clock',
    timed: true,
    init: blob('D1'),
    processes: [uploader('1'), collector()],
    faults: { tick: 3 },
  },
}
