/**
 * The loads on S3: each makes its content first and then gives what runs against one server, so that the clock has only
 * the server's part in it.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { type Blob, blob, pushBlob, pushSmallBlob } from './content.ts'
import { getForSeconds } from './loads.ts'
import type { BenchServer } from './servers.ts'

/** What was pushed before. */
export interface S3Seeded {
  readonly byTag: string
  readonly byDigest: string
}

/** Resolves with the work done, in the unit of its line (requests, blobs, MB). */
export type S3Run = (server: BenchServer, seeded: S3Seeded) => Promise<number>

export type S3Load = () => S3Run

const pushedTo = 'bench/push'
const MiB = 1024 * 1024

export function getManifestByTag(seconds: number): S3Load {
  return () =>
    (server, { byTag }) =>
      getForSeconds(server, byTag, seconds)
}

export function getManifestByDigest(seconds: number): S3Load {
  return () =>
    (server, { byDigest }) =>
      getForSeconds(server, byDigest, seconds)
}

/** New blobs of 64 KiB, each by POST and PUT, over four connections that are kept; blobs. */
export function pushSmall(count: number): S3Load {
  return () => {
    const blobs = Array.from({ length: count }, () => blob(randomBytes(64 * 1024)))
    return async (server) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 4 })
      const left = blobs.values()
      const worker = async () => {
        for (const each of left) await pushSmallBlob(server.port, pushedTo, each, agent)
      }
      try {
        await Promise.all(Array.from({ length: 4 }, worker))
      } finally {
        agent.destroy()
      }
      return count
    }
  }
}

/** New content on each call: the same bytes behind a fresh head; each by POST, PATCH and PUT, all at once; MB. */
export function pushLarge(streams: number, sizeMiB: number): S3Load {
  const body = randomBytes(sizeMiB * MiB - 64)
  return () => {
    const pushes = Array.from({ length: streams }, () => {
      const head = randomBytes(64)
      const digest = `sha256:${createHash('sha256').update(head).update(body).digest('hex')}`
      return { head, content: { digest, bytes: body } satisfies Blob }
    })
    return async (server) => {
      await Promise.all(pushes.map(({ head, content }) => pushBlob(server.port, pushedTo, content, head)))
      return (streams * sizeMiB * MiB) / 1e6
    }
  }
}
