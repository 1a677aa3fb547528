/**
 * A process of its own for tests of several processes and of `kill -9` on one directory of snapshots.
 *
 * `snapshot-worker.ts DIR KIND unpack SEED` unpacks the made stack and prints its chain ID and how many layers it unpacked;
 * `unpack-durably` does so as the command does ·
 * `DIR KIND churn SEED` unpacks, writes, commits, removes and prunes for ever, and prints a line after each round.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openImageStore } from '../images/store.ts'
import { openSnapshotter } from '../snapshot/open.ts'
import type { Snapshotter } from '../snapshot/snapshotter.ts'
import { madeStack } from './stacks.ts'

const [directory = '', kind, verb, seedText] = process.argv.slice(2)
const seed = Number(seedText)
const store = await openImageStore(join(directory, 'images'))
const snapshots = await openSnapshotter(join(directory, 'snapshots'), {
  kind: kind as Snapshotter['kind'],
  durable: verb === 'unpack-durably',
})

if (verb === 'unpack' || verb === 'unpack-durably') await unpack()
else if (verb === 'churn') for (let round = 0; ; round++) await churn(round)
else throw new TypeError(`no such verb: ${verb}`)

async function unpack(): Promise<void> {
  let count = 0
  const fetch: typeof store.fetch = (target, options) => {
    count++
    return store.fetch(target, options)
  }
  const top = await snapshots.unpack({ fetch }, await madeStack(store, seed))
  console.log(`${top} ${count}`)
}

async function churn(round: number): Promise<void> {
  const stack = await madeStack(store, seed + (round % 3))
  const top = await snapshots.unpack(store, stack)
  const key = `churn-${seed}-${round}`
  // Another process may have pruned it already.
  const snapshot = await snapshots.create(key, top).catch(() => undefined)
  if (snapshot !== undefined) {
    mkdirSync(join(snapshot.upperDirectory, 'made'))
    for (let at = 0; at < 20; at++) writeFileSync(join(snapshot.upperDirectory, 'made', `${at}`), `${seed} ${round}`)
    if (round % 2 === 0) await snapshots.commit(key, store)
    else await snapshots.remove(key)
  }
  if (round % 4 === 3) await snapshots.prune([])
  console.log(`round ${round}`)
}
