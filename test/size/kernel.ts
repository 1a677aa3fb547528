/**
 * What the kernel counts for one process: peak resident memory, bytes handed to write calls.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'

/** Forgets the peak so far. */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Peak resident memory since the last reset, MB (10^6). */
export function peakMemoryMb(pid: number): number {
  const kilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  if (!Number.isFinite(kilobytes)) throw new Error(`the kernel names no peak memory for process ${pid}`)
  return (kilobytes * 1024) / 1e6
}

/** Bytes the process has caused to be written to the block layer so far: what its disk has to take. */
export function bytesWritten(pid: number): number {
  const bytes = Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
  if (!Number.isFinite(bytes)) throw new Error(`the kernel counts no written bytes for process ${pid}`)
  return bytes
}
