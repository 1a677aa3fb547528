/**
 * One of the pullers: fetches images by tag and by digest while everything moves, and believes nothing it has not hashed.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { exchange } from '../../harness/exchange.ts'
import { assertEqual, assertThat } from '../../harness/report.ts'
import { manifestType } from './content.ts'
import type { Task } from './task.ts'
import { verifyImage } from './verify.ts'

/** One pull; a lost connection is thrown. */
export function createPuller({ connection, random, ledger }: Task): () => Promise<void> {
  const pullByTag = async () => {
    const tags = ledger.tags.tags()
    if (tags.length === 0) return
    const key = random.pick(tags)
    const [repository = '', tag = ''] = key.split(':')
    const url = `${connection.origin}/v2/${repository}/manifests/${tag}`
    const answer = await exchange({ ...connection, method: 'GET', url, headers: { accept: manifestType } })
    assertThat(answer.status === 200 || answer.status === 404, `GET ${url} answered ${answer.status}`)
    const digest = answer.status === 404 ? undefined : answer.digest
    assertThat(ledger.tags.wasAttempted(key, digest), `torn: ${key} shows ${digest}, which nobody ever pushed there`)
    if (digest === undefined) return
    assertEqual(answer.headers['docker-content-digest'], digest, `torn: the digest of ${key}`)
    const manifest = JSON.parse(answer.body.toString())
    await verifyImage(connection, { repository, digest, blobs: [manifest.config, ...manifest.layers] })
  }

  return async () => {
    if (ledger.images.length === 0) return void (await sleep(20))
    if (random.chance(0.5)) await verifyImage(connection, random.pick(ledger.images))
    else await pullByTag()
    ledger.count('pulls')
    await sleep(random.integer(0, 40))
  }
}
