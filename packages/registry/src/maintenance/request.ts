/**
 * What maintenance is asked for, and what it tells, as the lines of JSON that go through the socket of a running registry.
 *
 * ```
 * one line there       {"protocol":1,"verb":"fsck","deep":true,...}
 * many lines back      {"progress":{...}}  {"finding":{...}}  {"decision":{...}}  {"more":n}
 * one last line        {"result":{...}}  or  {"error":{"code":"UNAVAILABLE","message":"..."}}
 * ```
 * @module
 */
import { type Digest, isDigest } from '@tsreg/oci'
import type {
  Explanation,
  FsckFinding,
  FsckProgress,
  FsckReport,
  GarbageFinding,
  GarbageProgress,
  GarbageReport,
  RetentionDecision,
  RetentionPolicy,
} from '@tsreg/storage'
import * as z from 'zod'

/** Both sides must mean the same by every line. */
export const protocolVersion = 1

const milliseconds = z.number().min(0).optional()
const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value))
const rule = z.strictObject({
  repositories: z.array(z.string().max(255)).max(200).optional(),
  tags: z.array(z.string().max(255)).max(200).optional(),
  keep: z.literal(true).optional(),
  keepLast: z.number().int().min(1).max(10_000).optional(),
  olderThanMs: milliseconds,
})

const policy: z.ZodType<RetentionPolicy> = z.strictObject({ rules: z.array(rule).max(500) })

export const requestSchema = z.discriminatedUnion('verb', [
  z.strictObject({
    protocol: z.literal(protocolVersion),
    verb: z.literal('gc'),
    dryRun: z.boolean(),
    graceMs: milliseconds,
    untaggedOlderThanMs: milliseconds,
    policy: policy.optional(),
  }),
  z.strictObject({
    protocol: z.literal(protocolVersion),
    verb: z.literal('explain'),
    digest,
    graceMs: milliseconds,
    untaggedOlderThanMs: milliseconds,
  }),
  z.strictObject({
    protocol: z.literal(protocolVersion),
    verb: z.literal('fsck'),
    deep: z.boolean(),
    repair: z.boolean(),
  }),
])

export type MaintenanceRequest = z.output<typeof requestSchema>

/** What a policy decided about the tags that its rules are about. */
export interface RetentionCounts {
  readonly kept: number
  readonly givenUp: number
}

export type MaintenanceResult =
  | { readonly verb: 'gc'; readonly report: GarbageReport; readonly retention?: RetentionCounts }
  | { readonly verb: 'explain'; readonly explanation: Explanation }
  | { readonly verb: 'fsck'; readonly report: FsckReport }

export type MaintenanceEvent =
  | { readonly progress: GarbageProgress | FsckProgress }
  | { readonly finding: GarbageFinding | FsckFinding }
  | { readonly decision: RetentionDecision }
  /** Findings that were not told, because so many were told already; the report counts all. */
  | { readonly more: number }

/** What a run tells while it is under way; it waits for the one who is told. */
export type OnMaintenanceEvent = (event: MaintenanceEvent) => void | Promise<void>
