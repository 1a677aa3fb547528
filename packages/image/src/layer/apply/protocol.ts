/**
 * What the thread that unpacks a layer and the one that reads it tell each other.
 * @module
 */
import type { ImageErrorCode } from '../../error-codes.ts'
import { ImageError } from '../../errors.ts'
import type { LayerLimits } from './limits.ts'

/** The data the thread is started with. */
export interface WorkerTask {
  readonly directory: string
  /** Descriptor to read the layer from; undefined when it is sent. */
  readonly file: number | undefined
  readonly whiteouts: 'overlay' | 'remove'
  /** Undefined when nothing is known of them. */
  readonly lower: readonly string[] | undefined
  readonly limits: LayerLimits
  readonly unable: 'refuse' | 'skip'
}

export type ToWorker =
  /** The next bytes of the layer as it is stored, compressed or not. */
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  /** Nobody wants the layer any more. */
  | { readonly kind: 'stop' }

export type FromWorker =
  /** So many bytes were taken from the file, or from what was sent; as many may follow. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | {
      readonly kind: 'done'
      /** SHA-256 in hexadecimal digits. */
      readonly diffId: string
      readonly sizeBytes: number
      readonly entries: number
      readonly implied: number
      readonly namesRoot: boolean
      readonly skipped: number
    }
  | { readonly kind: 'failed'; readonly error: PortableError }

/** An error that keeps what it is on its way between threads. */
export interface PortableError {
  readonly message: string
  readonly code: string | undefined
  /** Of an `ImageError`. */
  readonly advice: string | undefined
  readonly detail: Readonly<Record<string, unknown>> | undefined
  /** Of a system call. */
  readonly system: Pick<NodeJS.ErrnoException, 'errno' | 'syscall' | 'path'> | undefined
}

export function toPortable(error: unknown): PortableError {
  const { message = String(error), code, errno, syscall, path } = error as Partial<NodeJS.ErrnoException>
  const isImage = error instanceof ImageError
  return {
    message,
    code,
    advice: isImage ? error.advice : undefined,
    detail: isImage ? error.detail : undefined,
    system:
      errno === undefined
        ? undefined
        : { errno, ...(syscall === undefined ? {} : { syscall }), ...(path === undefined ? {} : { path }) },
  }
}

export function fromPortable({ message, code, advice, detail, system }: PortableError): Error {
  if (advice !== undefined) {
    return new ImageError(code as ImageErrorCode, message, { advice, ...(detail === undefined ? {} : { detail }) })
  }
  return Object.assign(new Error(message), code === undefined ? {} : { code }, system)
}
