/**
 * A field: a store with both registries on it, each with the same manifest to pull, and turns of loads on them.
 * @module
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startS3Server } from '../harness/s3/server.ts'
import { type Content, repository, seedManifest } from './content.ts'
import { cpuSeconds } from './processes.ts'
import type { Turn } from './rounds.ts'
import type { S3Load, S3Seeded } from './s3-loads.ts'
import { type S3ServerName, s3ServerNames, startOnS3 } from './s3-servers.ts'
import type { BenchServer, StartOptions } from './servers.ts'

export interface S3Turn extends Turn {
  readonly perStoreCpuSecond: number
}

export interface S3Field {
  turn(name: S3ServerName, load: S3Load): Promise<S3Turn>
  /** Ends all three and removes what they kept. */
  stop(): Promise<void>
}

/** @throws Error naming the log when one of them does not start; none of them runs then */
export async function startS3Field(start: Omit<StartOptions, 'logs'>, content: Content): Promise<S3Field> {
  const directory = join(start.root, 'store')
  const store = await startS3Server({ kind: 'seaweedfs', directory })
  const servers = new Map<S3ServerName, BenchServer>()
  const seeded = new Map<S3ServerName, S3Seeded>()
  const stop = async () => {
    for (const server of servers.values()) {
      await server.stop()
      rmSync(server.directory, { recursive: true, force: true })
    }
    await store.stop()
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const byDigest = `/v2/${repository}/manifests/${content.manifest.digest}`
    for (const name of s3ServerNames) {
      const server = await startOnS3(name, { ...start, store })
      servers.set(name, server)
      seeded.set(name, { byTag: await seedManifest(server, content), byDigest })
    }
  } catch (error) {
    await stop()
    throw error
  }
  const turn = async (name: S3ServerName, load: S3Load): Promise<S3Turn> => {
    const [server, paths] = [servers.get(name), seeded.get(name)]
    if (server === undefined || paths === undefined) throw new Error(`${name} is not in the field`)
    const run = load()
    const storeSeconds = () => store.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    const [cpuBefore, storeBefore, begun] = [cpuSeconds(server.pid), storeSeconds(), performance.now()]
    const work = await run(server, paths)
    const seconds = (performance.now() - begun) / 1000
    return {
      perSecond: work / seconds,
      perCpuSecond: work / (cpuSeconds(server.pid) - cpuBefore),
      perStoreCpuSecond: work / (storeSeconds() - storeBefore),
    }
  }
  return { turn, stop }
}
