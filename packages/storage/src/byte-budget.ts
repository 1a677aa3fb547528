/**
 * A limit on what all holders together have, bytes or places: who wants more waits until others give back.
 * @module
 */
import type { OperationOptions } from '@tsreg/oci/content'

export interface ByteBudget {
  /**
   * Waits for its turn, first come first served; a request for more than there is in all gets all there is. Who holds
   * bytes must be able to finish without asking for more.
   * @returns gives the bytes back; a second call does nothing
   */
  take(bytes: number, options?: OperationOptions): Promise<() => void>
  /** Bytes nobody holds. */
  free(): number
  /** True while somebody waits. */
  isWanted(): boolean
}

export function byteBudget(total: number): ByteBudget {
  let free = total
  const waiting: { readonly bytes: number; readonly go: () => void }[] = []

  function serve(): void {
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift()
      free -= next.bytes
      next.go()
    }
  }

  function giveBack(bytes: number): () => void {
    let held = bytes
    return () => {
      free += held
      held = 0
      serve()
    }
  }

  return {
    free: () => free,
    isWanted: () => waiting.length > 0,
    async take(wanted, { signal } = {}) {
      signal?.throwIfAborted()
      const bytes = Math.min(wanted, total)
      await new Promise<void>((resolve, reject) => {
        const turn = {
          bytes,
          go() {
            signal?.removeEventListener('abort', leave)
            resolve()
          },
        }
        function leave(): void {
          waiting.splice(waiting.indexOf(turn), 1)
          reject(signal?.reason)
          serve()
        }
        waiting.push(turn)
        signal?.addEventListener('abort', leave, { once: true })
        serve()
      })
      return giveBack(bytes)
    },
  }
}
