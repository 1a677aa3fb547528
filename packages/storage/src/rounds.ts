/**
 * Work that a process does again and again beside its requests: one round at a time, none after the end.
 * @module
 */

export interface Rounds {
  /** Ends the rounds, and aborts the one under way; resolves when it has ended. */
  stop(): Promise<void>
}

/**
 * Starts rounds, the first after one interval; one that is due while another is under way is left out. They do not keep
 * the process alive. What `round` throws is told to `onError`, but for what it throws after the end.
 * @param intervalMs between two beginnings, in milliseconds
 */
export function startRounds(
  round: (signal: AbortSignal) => Promise<unknown>,
  intervalMs: number,
  onError: (error: unknown) => void,
): Rounds {
  const controller = new AbortController()
  let underWay: Promise<void> | undefined
  const once = async () => {
    try {
      await round(controller.signal)
    } catch (error) {
      if (!controller.signal.aborted) onError(error)
    } finally {
      underWay = undefined
    }
  }
  const timer = setInterval(() => {
    underWay ??= once()
  }, intervalMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      controller.abort()
      await underWay
    },
  }
}
