/**
 * `tsreg run`, prepared: the program of a start-up snapshot of Node (`prepare.mjs`). What is loaded, set up and compiled when
 * the snapshot is made need not be at each start. Of the modules that are loaded on demand it holds the local ones only; who
 * asks for another is started anew as the whole command (`hand-over.ts`).
 * @module
 */
import { startupSnapshot } from 'node:v8'
import * as image from '@tsreg/image'
import * as snapshot from '@tsreg/image/snapshot'
import * as oci from '@tsreg/oci'
import * as ociImage from '@tsreg/oci/image'
import * as runtime from '@tsreg/runtime'
import * as containerImage from './container-image.ts'
import * as attend from './foreground/attend.ts'
import * as signals from './foreground/signals.ts'
import { endWith } from './own-process.ts'
import { rehearse } from './rehearsal.ts'
import { run } from './run.ts'

/** Imported on demand elsewhere, and then made at the first use: here they are made now. */
export const loaded: readonly object[] = [image, snapshot, oci, ociImage, runtime, containerImage, attend, signals]

/** What the launcher asks a snapshot that it has not tried on this machine yet. */
const triedBy = 'tried'

startupSnapshot.setDeserializeMainFunction(() => {
  if (process.argv[2] !== triedBy) void endWith(run)
})

const rehearsed = rehearse(process.argv[2] ?? '')
rehearsed.then((code) => {
  // Only root runs containers, and a rehearsal of one.
  if (code !== 0 && process.getuid?.() === 0)
    process.stderr.write(`the rehearsal of a run ended with ${code}: each start takes longer\n`)
})
