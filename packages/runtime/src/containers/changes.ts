/**
 * Noticing that something in a directory changed.
 * @module
 */
import { type FSWatcher, watch } from 'node:fs'

/** However the file system's notices get lost, a change is noticed after this. */
const pollMs = 500

export interface Changes {
  /** A wait for the next change from now on: what is looked at after this call is not missed. */
  next(): Promise<void>
  close(): void
}

/** Works for a directory that is not there as well, by the clock. */
export function watchChanges(directory: string): Changes {
  let notify = () => {}
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(directory, () => notify())
    watcher.on('error', () => {})
  } catch {
    // Gone, or no more watches to be had: the clock is enough.
  }
  return {
    next: () =>
      new Promise<void>((resolve) => {
        notify = resolve
      }),
    close: () => watcher?.close(),
  }
}

/** Returns at the change, after `timeoutMs`, when the signal is aborted, or when a while has passed: never later than that. */
export async function changeWithin(
  change: Promise<void>,
  { timeoutMs = pollMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  let settle = () => {}
  const waited = new Promise<void>((resolve) => {
    settle = resolve
  })
  const timer = setTimeout(settle, Math.min(pollMs, timeoutMs))
  signal?.addEventListener('abort', settle, { once: true })
  if (signal?.aborted === true) settle()
  await Promise.race([change, waited])
  clearTimeout(timer)
  signal?.removeEventListener('abort', settle)
}
