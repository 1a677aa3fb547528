/**
 * What `tsreg gc` does and prints.
 * @module
 */
import { isDigest } from '@tsreg/oci'
import type { MaintenanceResult } from '@tsreg/registry/maintenance'
import type { GarbageFinding, GarbageReport, RetentionDecision } from '@tsreg/storage'
import { CliError } from '../errors.ts'
import { humanSize } from '../human.ts'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { loadRegistryConfig } from '../registry-config.ts'
import { printExplanation } from './explanation.ts'
import { durationFlag, listedInJson, type MaintenanceFlags, maintainStorage } from './maintain-storage.ts'

export interface GcFlags extends MaintenanceFlags {
  readonly dryRun?: boolean
  readonly untaggedOlderThan?: string
  readonly grace?: string
  readonly policy?: string
  readonly explain?: string
}

export async function runGc(invocation: Invocation, flags: GcFlags): Promise<void> {
  const ages = await agesOf(invocation, flags)
  if (flags.explain !== undefined) return await explain(invocation, flags, flags.explain, ages)
  const { stdout } = invocation
  const { dryRun = false } = flags
  const findings: GarbageFinding[] = []
  const decisions: RetentionDecision[] = []
  const policy = await policyOf(invocation, flags)
  const result = await maintainStorage(
    invocation,
    flags,
    { verb: 'gc', dryRun, ...ages, ...(policy === undefined ? {} : { policy }) },
    async (event, progress) => {
      if (flags.json) {
        if ('finding' in event) keep(findings, event.finding as GarbageFinding)
        else if ('decision' in event) keep(decisions, event.decision)
      } else if (!flags.quiet) {
        progress.close()
        const line = 'decision' in event ? decisionLine(event.decision, dryRun) : findingLine(event, dryRun)
        if (line !== undefined) await print(stdout, `${line}\n`)
      }
    },
  )
  if (result.verb !== 'gc') throw new TypeError(`asked for gc, got ${result.verb}`)
  const { report, retention } = result
  if (report.outcome === 'busy') {
    throw new CliError('IN_USE', 'another garbage collection is under way', { advice: 'Wait for its end.' })
  }
  if (flags.json) await printJson(stdout, { ...report, retention, decisions, findings })
  else await print(stdout, summary(report, retention))
}

/** Flags win over the settings of the registry. */
async function agesOf(invocation: Invocation, flags: GcFlags) {
  const graceMs = await durationFlag(flags.grace, '--grace')
  const typed = await durationFlag(flags.untaggedOlderThan, '--untagged-older-than')
  const config = await loadRegistryConfig(invocation, flags.config, { storage: flags.storage })
  const set = config.gcUntaggedAfterSeconds
  const untaggedOlderThanMs = typed ?? (set === undefined ? undefined : set * 1000)
  return {
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(untaggedOlderThanMs === undefined ? {} : { untaggedOlderThanMs }),
  }
}

async function policyOf(invocation: Invocation, flags: GcFlags) {
  const config = await loadRegistryConfig(invocation, flags.config, { storage: flags.storage })
  const file = flags.policy ?? config.retentionPolicy
  if (file === undefined) return undefined
  const { readPolicyFile } = await import('@tsreg/registry/maintenance')
  return await readPolicyFile(file)
}

async function explain(
  invocation: Invocation,
  flags: GcFlags,
  text: string,
  ages: Awaited<ReturnType<typeof agesOf>>,
): Promise<void> {
  if (!isDigest(text)) {
    throw new CliError('USAGE', `--explain: ${JSON.stringify(text.slice(0, 100))} is not a digest`, {
      advice: 'Write it whole, as sha256:<64 hex digits>; "tsreg resolve" finds it.',
    })
  }
  const result = await maintainStorage(invocation, flags, { verb: 'explain', digest: text, ...ages }, () => {})
  if (result.verb !== 'explain') throw new TypeError(`asked for an explanation, got ${result.verb}`)
  const { explanation } = result
  if (explanation.cells.length === 0) {
    throw new CliError('IMAGE_UNKNOWN', `the storage holds nothing under ${text}`)
  }
  if (flags.json) await printJson(invocation.stdout, explanation)
  else await printExplanation(invocation.stdout, explanation)
}

function keep<T>(items: T[], item: T): void {
  if (items.length < listedInJson) items.push(item)
}

const reasons: Readonly<Record<RetentionDecision['why'], string>> = {
  'no-rule': 'no rule is about it',
  keep: 'the rule keeps all',
  last: 'it is among the newest',
  young: 'it is young enough',
  'unknown-age': 'its time of push cannot be read',
  'beyond-last': 'newer ones fill the number',
  old: 'it is too old',
}

/** In a dry run every tag has its line, else those that are given up. */
function decisionLine({ keep, repository, tag, rule, why, pushedAt }: RetentionDecision, dryRun: boolean) {
  if (keep && !dryRun) return undefined
  const verb = keep ? 'keep' : dryRun ? 'would delete' : 'delete'
  const by = rule === undefined ? '' : `rule ${rule}: `
  return `policy: ${verb} ${repository}:${tag} (${by}${reasons[why]}${pushedAt === undefined ? '' : `, pushed ${pushedAt}`})`
}

function findingLine(event: object, dryRun: boolean): string | undefined {
  if ('more' in event) return `... and ${event.more} more`
  if (!('finding' in event)) return undefined
  const { what, repository, digest, tag, size, why } = event.finding as GarbageFinding
  // The policy has told of these already.
  if (why === 'policy') return undefined
  const name =
    tag === undefined ? `${repository === undefined ? '' : `${repository}@`}${digest}` : `${repository}:${tag}`
  return `${dryRun ? 'would delete' : 'delete'} ${what} ${name}${size > 0 ? ` (${humanSize(size)}, ${why})` : ` (${why})`}`
}

function summary(report: GarbageReport, retention: (MaintenanceResult & { verb: 'gc' })['retention']): string {
  const { dryRun, blobs, links, manifests, tags, bytes } = report
  const policy = retention === undefined ? '' : `Policy: ${retention.kept} tags kept, ${retention.givenUp} given up\n`
  const counts = `${blobs.removed} blobs, ${links.removed} links, ${manifests.removed} manifests and ${tags.removed} tags`
  const checked = `${blobs.seen} blobs, ${manifests.seen} manifests and ${tags.seen} tags looked at; ${blobs.young + links.young} too young to go`
  const freed = dryRun
    ? `${humanSize(bytes.pending)} would be freed`
    : `${humanSize(bytes.freed)} freed, ${humanSize(bytes.pending)} to be freed by a later run`
  return `${policy}${checked}\n${dryRun ? 'Would delete' : 'Deleted'} ${counts}; ${freed}\n`
}
