/**
 * What makes a step another one than an earlier one of the same parent, in words for people.
 * @module
 */
import type { CountedFile } from '../context/chosen-source.ts'
import type { StepFacts } from './step-record.ts'

interface Compared {
  readonly facts: StepFacts
  readonly files: readonly CountedFile[] | undefined
}

/** More would hide the first ones. */
const shownFiles = 10

/** Never empty. */
export function differences(before: Compared, now: Compared): readonly string[] {
  const found = [
    ...changedField('command', before.facts.command, now.facts.command),
    ...changedArgs(before.facts.buildArgs, now.facts.buildArgs),
    ...changedField('destination', before.facts.destination, now.facts.destination),
    ...changedFlag('chown', before.facts, now.facts),
    ...changedFlag('chmod', before.facts, now.facts),
    ...changedFiles(before, now),
  ]
  return found.length > 0 ? found : [changedText(before.facts, now.facts)]
}

/** What the instruction became is told rather than how it is written: a variable in it may be what changed. */
function changedText(before: StepFacts, now: StepFacts): string {
  const [a, b] = before.createdBy === now.createdBy ? [before.text, now.text] : [meaningOf(before), meaningOf(now)]
  return a === b ? 'the config of the parent changed' : `instruction ${quoted(a)} -> ${quoted(b)}`
}

function meaningOf({ createdBy }: StepFacts): string {
  return createdBy.replace(/^.*?#\(nop\) +/s, '').trim()
}

function changedField(name: string, before: string | undefined, now: string | undefined): readonly string[] {
  // An index that was made anew from images knows the instruction alone.
  if (before === now || before === undefined) return []
  return [`${name} ${quoted(before)} -> ${now === undefined ? 'none' : quoted(now)}`]
}

function changedFlag(name: 'chown' | 'chmod', before: StepFacts, now: StepFacts): readonly string[] {
  // As above: the flags of an earlier copy are known where its destination is.
  if (before.destination === undefined || before[name] === now[name]) return []
  return [`--${name} ${before[name] ?? 'none'} -> ${now[name] ?? 'none'}`]
}

function changedArgs(
  before: StepFacts['buildArgs'] | undefined,
  now: StepFacts['buildArgs'] | undefined,
): readonly string[] {
  if (before === undefined || now === undefined) return []
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
  return names
    .filter((name) => before[name] !== now[name])
    .map((name) => `build arg ${name} ${before[name] ?? '(not declared)'} -> ${now[name] ?? '(not declared)'}`)
}

function changedFiles({ facts: { sum: earlier }, files: before }: Compared, now: Compared): readonly string[] {
  if (earlier === undefined || now.facts.sum === undefined || earlier === now.facts.sum) return []
  if (before === undefined || now.files === undefined)
    return ['the files changed; those of the earlier build are not known']
  const lines = fileLines(before, now.files)
  if (lines.length <= shownFiles) return lines
  return [...lines.slice(0, shownFiles), `and ${lines.length - shownFiles} more files`]
}

function fileLines(before: readonly CountedFile[], now: readonly CountedFile[]): readonly string[] {
  const earlier = new Map(before.map((file) => [file.path, file]))
  const current = new Map(now.map((file) => [file.path, file]))
  const paths = [...new Set([...earlier.keys(), ...current.keys()])].sort()
  return paths.flatMap((path) => {
    const a = earlier.get(path)
    const b = current.get(path)
    if (a === undefined) return [`${path} added`]
    if (b === undefined) return [`${path} removed`]
    return changedFile(a, b).map((change) => `${path} ${change}`)
  })
}

function changedFile(a: CountedFile, b: CountedFile): readonly string[] {
  if (a.type !== b.type) return [`${a.type} -> ${b.type}`]
  const changes: string[] = []
  if (a.mode !== b.mode) changes.push(`mode ${octal(a.mode)} -> ${octal(b.mode)}`)
  if (a.uid !== b.uid || a.gid !== b.gid) changes.push(`owner ${a.uid}:${a.gid} -> ${b.uid}:${b.gid}`)
  if (a.digest !== b.digest) changes.push(a.type === 'symlink' ? 'target changed' : 'content changed')
  return changes
}

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`
}

const textLimit = 200

function quoted(text: string): string {
  return JSON.stringify(text.length > textLimit ? `${text.slice(0, textLimit)}...` : text)
}
