/**
 * For tests: records of containers that nobody made.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@tsreg/oci'
import { type ContainerRecord, writeRecord } from '../containers/record.ts'

export function recordOf(id: string, changes: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    version: 1,
    id,
    name: 'old_euler',
    created: '2026-01-02T03:04:05.000Z',
    image: { id: digestOf('image'), name: 'image:v1' },
    process: { entrypoint: [], command: ['true'], env: [], cwd: '', user: '', terminal: false, stdin: false },
    hostname: id.slice(0, 12),
    labels: {},
    stopSignal: 'SIGTERM',
    host: {
      network: 'host',
      autoRemove: false,
      readOnlyRoot: false,
      memoryBytes: undefined,
      cpus: undefined,
      pids: undefined,
      capabilitiesAdded: [],
      capabilitiesDropped: [],
      mounts: [],
    },
    parent: undefined,
    ...changes,
  }
}

/** Writes the record, and the directory around it. */
export async function putRecord(directory: string, record: ContainerRecord): Promise<void> {
  await mkdir(join(directory, record.id, 'rootfs'), { recursive: true })
  await writeRecord(directory, record)
}
