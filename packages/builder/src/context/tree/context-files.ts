/**
 * The files of a context that are not ignored. Each directory is read once, when it is asked for: what a build has seen of
 * it does not change any more.
 * @module
 */
import { BuilderError } from '../../errors.ts'
import { IgnoreMatcher, type IgnoreVerdict } from '../ignore/ignore-matcher.ts'
import type { IgnorePattern } from '../ignore/parse-ignore-file.ts'
import type { Descriptors } from './descriptors.ts'
import { type ScannedFile, scanDirectory } from './scan-directory.ts'

/** As long as the system takes a path. */
const maxPathLength = 4096

interface Listed {
  readonly found: ScannedFile
  readonly verdict: IgnoreVerdict
}

type Listing = ReadonlyMap<string, Listed>

export class ContextFiles {
  readonly #descriptors: Descriptors
  readonly #matcher: IgnoreMatcher
  readonly #listings = new Map<string, Listing>()

  constructor(descriptors: Descriptors, ignore: readonly IgnorePattern[]) {
    this.#descriptors = descriptors
    this.#matcher = new IgnoreMatcher(ignore)
  }

  /** Directories that were read, which is the work that was done. */
  get directoriesRead(): number {
    return this.#listings.size
  }

  /** Undefined for what is not there, is ignored, or lies behind something that is no directory. */
  find(path: string): ScannedFile | undefined {
    return this.#listed(path)?.found
  }

  /** None for what is no directory. */
  names(directory: string): readonly string[] {
    return directory === '' || this.find(directory)?.file.type === 'directory' ? [...this.#list(directory).keys()] : []
  }

  #listed(path: string): Listed | undefined {
    const slash = path.lastIndexOf('/')
    if (slash === 0) return undefined
    const directory = path.slice(0, Math.max(0, slash))
    if (directory !== '' && this.#listed(directory)?.found.file.type !== 'directory') return undefined
    return this.#list(directory).get(path.slice(slash + 1))
  }

  #list(directory: string): Listing {
    const known = this.#listings.get(directory)
    if (known !== undefined) return known
    const verdict = directory === '' ? this.#matcher.root : this.#listed(directory)?.verdict
    const listing = this.#read(directory, verdict ?? this.#matcher.root)
    this.#listings.set(directory, listing)
    return listing
  }

  #read(directory: string, parent: IgnoreVerdict): Listing {
    if (directory.length > maxPathLength) throw unreadable(directory, `is longer than ${maxPathLength} characters`)
    const listing = new Map<string, Listed>()
    for (const [name, found] of this.#descriptors.within(directory, scanDirectory)) {
      const path = directory === '' ? name : `${directory}/${name}`
      const verdict = this.#matcher.judge(path, parent)
      if (found === undefined) {
        if (verdict.isIgnored) continue
        throw unreadable(path, 'has a name that is not UTF-8')
      }
      // A socket is of no use without the process that listens.
      if (found.file.type === 'socket') continue
      if (!verdict.isIgnored || this.#hasExceptions(path, found, verdict)) listing.set(name, { found, verdict })
    }
    return listing
  }

  /** An ignored directory is there all the same when something in it is not ignored. */
  #hasExceptions(path: string, { file }: ScannedFile, verdict: IgnoreVerdict): boolean {
    if (file.type !== 'directory' || !this.#matcher.mayHaveExceptions(path)) return false
    const listing = this.#read(path, verdict)
    this.#listings.set(path, listing)
    return listing.size > 0
  }
}

function unreadable(path: string, why: string): BuilderError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}...` : path
  return new BuilderError('CONTEXT_UNREADABLE', `${JSON.stringify(shown)} in the build context ${why}`, {
    detail: { path },
    advice: 'rename it, or let .dockerignore leave it out',
  })
}
