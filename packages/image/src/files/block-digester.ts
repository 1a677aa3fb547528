/**
 * The digest of a stream that comes in blocks: in a thread of its own where there is a second core and enough to hash, so that
 * receiving and hashing go on side by side.
 * @module
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Digest, type DigestAlgorithm, Digester, parseDigest } from '@tsreg/oci'
import type { FromHasher, ToHasher } from './hash-worker.ts'

export interface BlockDigester {
  /** Bytes that were handed over. */
  readonly size: number
  /** The bytes stay as they are until this resolves. Several may be handed over at once; their order counts. */
  update(bytes: Uint8Array): Promise<void>
  /** Of all bytes handed over so far. */
  digest(): Promise<Digest>
  /** To be called at the end, whatever it was. */
  close(): void
}

/** Starting the thread takes as long as hashing this much. */
const worthAThreadBytes = 16 * 1024 * 1024

/** @param expectedBytes how much is likely to come. */
export function blockDigester(algorithm: DigestAlgorithm, expectedBytes: number): BlockDigester {
  const isWorth = expectedBytes >= worthAThreadBytes && availableParallelism() > 1
  return isWorth ? new ThreadDigester(algorithm) : new DirectDigester(algorithm)
}

class DirectDigester implements BlockDigester {
  readonly #digester: Digester

  constructor(algorithm: DigestAlgorithm) {
    this.#digester = new Digester(algorithm)
  }

  get size(): number {
    return this.#digester.size
  }

  async update(bytes: Uint8Array): Promise<void> {
    this.#digester.update(bytes)
  }

  async digest(): Promise<Digest> {
    return this.#digester.digest()
  }

  close(): void {}
}

let nextId = 0

class ThreadDigester implements BlockDigester {
  readonly #algorithm: DigestAlgorithm
  readonly #id = nextId++
  readonly #thread = joinThread()
  #size = 0

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm
  }

  get size(): number {
    return this.#size
  }

  async update(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.byteLength
    await this.#thread.ask({ ...this.#about(), kind: 'bytes', bytes })
  }

  async digest(): Promise<Digest> {
    return parseDigest(`${this.#algorithm}:${await this.#thread.ask({ ...this.#about(), kind: 'digest' })}`)
  }

  close(): void {
    this.#thread.ask({ ...this.#about(), kind: 'end' }).catch(() => {})
    this.#thread.leave()
  }

  #about() {
    return { id: this.#id, algorithm: this.#algorithm }
  }
}

/** One for all streams: it hashes faster than networks and most disks are. */
let running: HashThread | undefined

function joinThread(): HashThread {
  running ??= new HashThread()
  running.join()
  return running
}

// Run from the sources the thread is TypeScript; compiled or bundled it is the file beside this one.
const program = new URL(import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js', import.meta.url)

class HashThread {
  readonly #worker = new Worker(program, { name: 'tsreg-hash' })
  readonly #asked: PromiseWithResolvers<FromHasher>[] = []
  #users = 0
  #failure: unknown

  constructor() {
    this.#worker.on('message', (answer: FromHasher) => this.#asked.shift()?.resolve(answer))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(new Error('the thread that hashes ended before its time')))
  }

  /** Answers come in the order of the questions. */
  ask(question: ToHasher): Promise<FromHasher> {
    const asked = Promise.withResolvers<FromHasher>()
    if (this.#failure !== undefined) asked.reject(this.#failure)
    this.#asked.push(asked)
    this.#worker.postMessage(question)
    return asked.promise
  }

  join(): void {
    this.#users++
    this.#worker.ref()
  }

  /** Without users it does not keep the process from ending. */
  leave(): void {
    this.#users--
    if (this.#users === 0) this.#worker.unref()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    if (running === this) running = undefined
    for (const { reject } of this.#asked.splice(0)) reject(error)
  }
}
