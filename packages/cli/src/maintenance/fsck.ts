/**
 * What `tsreg fsck` does and prints.
 * @module
 */
import type { FsckFinding, FsckReport } from '@tsreg/storage'
import { fsckProblems } from '@tsreg/storage/fsck'
import { exitCodes } from '../exit-codes.ts'
import { ExitStatus } from '../exit-status.ts'
import { humanSize } from '../human.ts'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { listedInJson, type MaintenanceFlags, maintainStorage } from './maintain-storage.ts'

export interface FsckFlags extends MaintenanceFlags {
  readonly deep?: boolean
  readonly repair?: boolean
}

/** @throws ExitStatus 7 when damage is left */
export async function runFsck(invocation: Invocation, flags: FsckFlags): Promise<void> {
  const { stdout } = invocation
  const { deep = false, repair = false } = flags
  const findings: FsckFinding[] = []
  const result = await maintainStorage(invocation, flags, { verb: 'fsck', deep, repair }, async (event, progress) => {
    if (!('finding' in event)) return
    const finding = event.finding as FsckFinding
    if (flags.json) {
      if (findings.length < listedInJson) findings.push(finding)
    } else if (!flags.quiet) {
      progress.close()
      await print(stdout, `${findingLine(finding)}\n`)
    }
  })
  if (result.verb !== 'fsck') throw new TypeError(`asked for fsck, got ${result.verb}`)
  const { report } = result
  if (flags.json) await printJson(stdout, { ...report, findings })
  else await print(stdout, summary(report))
  if (report.damage > 0) throw new ExitStatus(exitCodes.integrity.code)
}

function findingLine({ problem, detail, repaired }: FsckFinding): string {
  const { harm, repair } = fsckProblems[problem]
  return `${harm}: ${problem}: ${detail}${repaired ? ` (repaired: ${repair})` : ''}`
}

function summary({ checked, problems, damage, deep, repair }: FsckReport): string {
  const { pointers, manifests, tags, links, objects, objectBytes, hashedBytes } = checked
  const lines = [
    `${pointers} blobs, ${manifests} manifests, ${tags} tags and ${links} links looked at; ${objects} objects with ${humanSize(objectBytes)}`,
    ...(deep ? [`${humanSize(hashedBytes)} read and hashed`] : []),
    ...Object.entries(problems).map(([problem, { found, repaired, bytes }]) => {
      const { meaning } = fsckProblems[problem as keyof typeof problems]
      const size = bytes > 0 ? `, ${humanSize(bytes)}` : ''
      return `${problem}: ${found}${repair ? `, ${repaired} repaired` : ''}${size} (${meaning})`
    }),
    damage === 0 ? 'No damage.' : `Damage: ${damage}.`,
  ]
  return `${lines.join('\n')}\n`
}
