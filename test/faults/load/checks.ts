/**
 * What is looked at while the load stands still: images, tags and tag lists, each problem as a sentence.
 * @module
 */

import { exchange } from '../../harness/exchange.ts'
import { assertEqual, messageOf } from '../../harness/report.ts'
import { manifestType } from './content.ts'
import type { AcknowledgedImage, Ledger } from './ledger.ts'
import type { Connection } from './upload.ts'
import { verifyImage } from './verify.ts'

/** Fetches and hashes the images, some at a time; blobs in `known` are not fetched again. */
export async function checkImages(
  connection: Connection,
  images: readonly AcknowledgedImage[],
  known = new Set<string>(),
): Promise<readonly string[]> {
  const problems: string[] = []
  const waiting = images.values()
  const worker = async () => {
    for (const image of waiting) {
      await verifyImage(connection, image, known).catch((error: unknown) => problems.push(messageOf(error)))
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  return problems
}

/** Every tag shows what it may, and is held to it from now on. */
export async function checkTags(connection: Connection, ledger: Ledger): Promise<readonly string[]> {
  const problems: string[] = []
  for (const key of ledger.tags.tags()) {
    const url = `${connection.origin}/v2/${key.replace(':', '/manifests/')}`
    const answer = await exchange({ ...connection, method: 'GET', url, headers: { accept: manifestType } })
    const digest = answer.status === 200 ? answer.digest : undefined
    if (answer.status !== 200 && answer.status !== 404) problems.push(`GET ${url} answered ${answer.status}`)
    const allowed = ledger.tags.allowed(key)
    if (!allowed.includes(digest)) problems.push(`lost: ${key} shows ${digest}, not one of ${allowed.join(', ')}`)
    ledger.tags.settle(key, digest)
  }
  return problems
}

/** After {@link checkTags}: the list of every repository names exactly the tags that show something. */
export async function checkLists(connection: Connection, ledger: Ledger): Promise<string> {
  const expected = new Map<string, string[]>()
  for (const key of ledger.tags.tags()) {
    const [repository = '', tag = ''] = key.split(':')
    const tags = expected.get(repository) ?? []
    expected.set(repository, ledger.tags.allowed(key)[0] === undefined ? tags : [...tags, tag])
  }
  for (const [repository, tags] of expected) {
    const url = `${connection.origin}/v2/${repository}/tags/list`
    const { body } = await exchange({ ...connection, method: 'GET', url })
    const listed: readonly string[] = JSON.parse(body.toString()).tags ?? []
    assertEqual(listed.join(), tags.toSorted().join(), `the tag list of ${repository}`)
  }
  return `${expected.size} repositories`
}
