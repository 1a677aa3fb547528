/**
 * What of this machine and process decides over a bundle.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Machine } from './process.ts'

export function readMachine(): Machine {
  return {
    architecture: process.arch,
    unifiedCgroups: existsSync('/sys/fs/cgroup/cgroup.controllers'),
    openFiles: hardLimit(readFileSync('/proc/self/limits', 'utf8'), 'Max open files'),
    oomScoreAdjustment: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
  }
}

/** From the table in `/proc/self/limits`: name, soft limit, hard limit, unit. */
export function hardLimit(table: string, name: string): number {
  const row = table.split('\n').find((line) => line.startsWith(name)) ?? ''
  const [, hard] = row.slice(name.length).trim().split(/\s+/)
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}
