/**
 * Digests of contents that were read in earlier builds, kept in a file: a file whose size, times and inode are what they
 * were then, has the content that it had then.
 *
 * One that was changed in the tick of the clock in which it was read is not kept: it may have been changed once more in
 * the same tick, which leaves no trace.
 *
 * ```
 * tsreg content digests 1
 * SIZE MTIME_NS CTIME_NS INODE SHA256 "PATH"
 * ...
 * SHA256 of all lines above
 * ```
 * @module
 */
import { hash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Digest } from '@tsreg/oci'
import type { FileVersion } from './scan-directory.ts'

const title = 'tsreg content digests 1'
/** Of files that this build did not ask for; those it did are all kept. */
const maxUnused = 200_000
/** Somebody who writes for longer was killed. */
const staleMs = 60_000

interface Known {
  readonly version: string
  readonly hex: string
}

export class ContentDigests {
  readonly #file: string | undefined
  readonly #earlier: ReadonlyMap<string, Known>
  readonly #now = new Map<string, Known>()
  #isChanged = false

  private constructor(file: string | undefined, earlier: ReadonlyMap<string, Known>) {
    this.#file = file
    this.#earlier = earlier
  }

  /** @param file where they are kept; without one only for this build. What cannot be read there counts as nothing. */
  static async open(file: string | undefined): Promise<ContentDigests> {
    const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => '')
    return new ContentDigests(file, parse(text))
  }

  get(path: string, version: FileVersion): Digest | undefined {
    const key = keyOf(version)
    const known = this.#now.get(path) ?? this.#earlier.get(path)
    if (known?.version !== key) return undefined
    this.#now.set(path, known)
    return `sha256:${known.hex}` as Digest
  }

  /** @param readAtMs when the reading began, by the clock of the system */
  set(path: string, version: FileVersion, digest: Digest, readAtMs: number): void {
    if (!isSettled(version, readAtMs)) return
    this.#now.set(path, { version: keyOf(version), hex: digest.slice('sha256:'.length) })
    this.#isChanged = true
  }

  /** Writes the file when something is new. A build that worked does not fail for it. */
  async save(): Promise<void> {
    if (this.#file === undefined || !this.#isChanged) return
    const temporary = `${this.#file}.tmp`
    try {
      await mkdir(dirname(this.#file), { recursive: true })
      if (!(await writeNew(temporary, this.#format()))) return
      await rename(temporary, this.#file)
    } catch {
      await rm(temporary, { force: true }).catch(() => {})
    }
  }

  #format(): string {
    const unused = [...this.#earlier].filter(([path]) => !this.#now.has(path)).slice(-maxUnused)
    const lines = [...unused, ...this.#now].map(
      ([path, { version, hex }]) => `${version} ${hex} ${JSON.stringify(path)}`,
    )
    const text = `${[title, ...lines].join('\n')}\n`
    return `${text}${hash('sha256', text)}\n`
  }
}

function keyOf({ size, mtimeNs, ctimeNs, inode }: FileVersion): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${inode}`
}

/** True when no later change can have left the times as they are. */
function isSettled({ mtimeNs, ctimeNs }: FileVersion, readAtMs: number): boolean {
  const latest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs
  return latest + tickOf(ctimeNs) < BigInt(Math.floor(readAtMs)) * 1_000_000n
}

/** The clock of a file system goes in steps: of 10 ms at most where it has fractions of a second, else of up to two. */
function tickOf(ctimeNs: bigint): bigint {
  return ctimeNs % 1_000_000_000n === 0n ? 2_000_000_000n : 20_000_000n
}

function parse(text: string): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>()
  const end = text.lastIndexOf('\n', text.length - 2) + 1
  const body = text.slice(0, end)
  if (!body.startsWith(`${title}\n`) || text.slice(end, -1) !== hash('sha256', body)) return known
  for (const line of body.split('\n').slice(1, -1)) {
    const quote = line.indexOf('"')
    known.set(JSON.parse(line.slice(quote)), {
      version: line.slice(0, quote - 66),
      hex: line.slice(quote - 65, quote - 1),
    })
  }
  return known
}

/** False when another process is writing it. */
async function writeNew(path: string, text: string): Promise<boolean> {
  const handle = await open(path, 'wx').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    if (Date.now() - (await stat(path)).mtimeMs < staleMs) return undefined
    await rm(path, { force: true })
    return open(path, 'wx')
  })
  if (handle === undefined) return false
  try {
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
  return true
}
