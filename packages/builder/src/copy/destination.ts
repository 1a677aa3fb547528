/**
 * Where COPY and ADD go.
 * @module
 */
import { posix } from 'node:path'

export interface Destination {
  /** Absolute; `.` and `..` taken out, links not followed. */
  readonly path: string
  /** True when it was written with a slash at the end: a directory, whether it is there or not. */
  readonly isDirectory: boolean
}

/** @param text expanded @param workingDirectory of the image; `/` where it has none */
export function destinationOf(text: string, workingDirectory: string | undefined): Destination {
  return {
    path: posix.resolve('/', workingDirectory ?? '/', text),
    isDirectory: text.endsWith('/'),
  }
}
