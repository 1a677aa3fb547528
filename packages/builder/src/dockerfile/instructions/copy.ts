/**
 * Instructions that bring files in: ADD and COPY.
 * @module
 */
import type { SourcePlace } from '../../errors.ts'
import { joinHeredocs, parseHeredoc } from '../heredoc.ts'
import type { AddInstruction, CopyInstruction, InlineFile } from '../instruction.ts'
import { invalid, unsupported } from '../place.ts'
import { baseOf, type NodeReading } from './node-reading.ts'

/** @throws FEATURE_UNSUPPORTED for a git repository as source */
export function readAdd(reading: NodeReading): AddInstruction {
  const fields = readSources(reading)
  refuseGit(fields.sources, reading.place)
  return { kind: 'ADD', ...baseOf(reading), ...fields, ...owners(reading) }
}

export function readCopy(reading: NodeReading): CopyInstruction {
  const from = reading.flags.get('from')
  if (from?.includes('$')) {
    throw invalid(reading.place, 'variables are not replaced in COPY --from', {
      advice: 'name a stage, and let its FROM have the variable, with its ARG before the first FROM',
    })
  }
  const fields = readSources(reading)
  return { kind: 'COPY', ...baseOf(reading), ...fields, ...owners(reading), ...(from ? { from } : {}) }
}

/** True for what names a git repository; the sources of ADD are asked again when they are expanded. */
export function isGitSource(source: string): boolean {
  return /^(?:git|ssh):\/\/|^git@|^https?:\/\/[^#?]*\.git(?:[#?]|$)/i.test(source)
}

/** @throws FEATURE_UNSUPPORTED */
export function refuseGit(sources: readonly string[], place: SourcePlace): void {
  const git = sources.find(isGitSource)
  if (git !== undefined) {
    throw unsupported(place, `ADD of the git repository ${git}`, 'clone it into the context, or with RUN git clone')
  }
}

interface Sources {
  readonly sources: readonly string[]
  readonly inlineFiles: readonly InlineFile[]
  readonly destination: string
}

function readSources({ node, keyword, place }: NodeReading): Sources {
  const all = node.heredocs.length === 0 ? node.args : joinHeredocs(node.args)
  const words = all.slice(0, -1)
  const destination = all.at(-1)
  if (destination === undefined || words.length === 0) {
    throw invalid(place, `${keyword} needs at least one source and a destination`)
  }
  if (parseHeredoc(destination) !== undefined) throw invalid(place, `a heredoc cannot be the destination of ${keyword}`)
  // Of two documents with one name, the last is meant by both.
  const documents = new Map(node.heredocs.map((heredoc) => [heredoc.name, heredoc]))
  const sources: string[] = []
  const inlineFiles: InlineFile[] = []
  for (const word of words) {
    const heredoc = documents.get(parseHeredoc(word)?.name ?? '')
    if (heredoc === undefined) sources.push(word)
    else inlineFiles.push({ name: heredoc.name, content: heredoc.content, expand: heredoc.expand })
  }
  return { sources, inlineFiles, destination }
}

function owners({ flags }: NodeReading): { readonly chown?: string; readonly chmod?: string } {
  const chown = flags.get('chown')
  const chmod = flags.get('chmod')
  return { ...(chown ? { chown } : {}), ...(chmod ? { chmod } : {}) }
}
