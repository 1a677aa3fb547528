/**
 * Work that counts for everybody who waited for it to begin.
 * @module
 */

/**
 * Each call of the result resolves after a run that began after the call. Who calls while one is under way shares the next one
 * with all others who do.
 */
export function together(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = (): Promise<void> => {
    const started = run().finally(() => {
      if (running === started) running = undefined
    })
    running = started
    return started
  }
  return () => {
    if (next !== undefined) return next
    if (running === undefined) return start()
    const startNext = () => {
      next = undefined
      return start()
    }
    next = running.then(startNext, startNext)
    return next
  }
}
