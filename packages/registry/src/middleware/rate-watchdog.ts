/**
 * Cuts off bodies that hardly move. There is no limit to how long a layer may take, so a connection that stands still
 * has to be told from one that is slow: every byte that moves buys the exchange a little more time.
 * @module
 */
import type { Socket } from 'node:net'
import type { Exchange } from '../exchange.ts'

export interface RateWatchdogOptions {
  /** A byte buys 1/rate seconds; 0 watches nothing. */
  readonly minRateBytesPerSecond: number
  /** Time that every body has to begin with, in milliseconds, and that an upload can have in hand at most. */
  readonly graceMs: number
  /**
   * Time that a download can have in hand at most. Kernels tell the sender of a slow reader's progress only in steps
   * of many kilobytes, so that minutes without news are nothing unusual.
   * @default ten times the grace
   */
  readonly longestStallMs?: number
  readonly onCut: (exchange: Exchange, direction: 'request' | 'response') => void
}

export interface RateWatchdog {
  /** Watches the request's body until the exchange ends or the body has come. */
  watchRequest(exchange: Exchange): void
  /** Watches the response until the exchange ends. */
  watchResponse(exchange: Exchange): void
  /** Must be called when an exchange ends. */
  forget(exchange: Exchange): void
  close(): void
}

interface Watched {
  readonly direction: 'request' | 'response'
  moved: number
  creditMs: number
}

export function rateWatchdog(options: RateWatchdogOptions): RateWatchdog {
  const { minRateBytesPerSecond: rate, graceMs, longestStallMs = 10 * graceMs, onCut } = options
  if (rate === 0) return { watchRequest: () => {}, watchResponse: () => {}, forget: () => {}, close: () => {} }
  const watched = new Map<Exchange, Watched>()
  const intervalMs = Math.max(10, Math.min(5000, graceMs / 4))

  const look = (): void => {
    for (const [exchange, state] of watched) {
      const { socket } = exchange.request
      const moved = state.direction === 'request' ? socket.bytesRead : bytesSent(socket)
      const most = state.direction === 'request' ? graceMs : longestStallMs
      const earned = ((moved - state.moved) * 1000) / rate
      state.moved = moved
      if (!isClientsTurn(exchange, state.direction)) continue
      state.creditMs = Math.min(most, state.creditMs + earned) - intervalMs
      if (state.creditMs > 0) continue
      watched.delete(exchange)
      onCut(exchange, state.direction)
      exchange.response.destroy()
      socket.destroy()
    }
  }
  const timer = setInterval(look, intervalMs)
  timer.unref()

  const watch = (exchange: Exchange, direction: Watched['direction']): void => {
    const { socket } = exchange.request
    const moved = direction === 'request' ? socket.bytesRead : bytesSent(socket)
    watched.set(exchange, { direction, moved, creditMs: graceMs })
  }
  return {
    watchRequest: (exchange) => watch(exchange, 'request'),
    watchResponse: (exchange) => watch(exchange, 'response'),
    forget: (exchange) => void watched.delete(exchange),
    close: () => clearInterval(timer),
  }
}

/** False while the storage is what the exchange waits for: nobody is cut off because our disk is slow. */
function isClientsTurn({ request }: Exchange, direction: Watched['direction']): boolean {
  const { socket } = request
  if (direction === 'response') return socket.writableLength > 0 || queuedBytes(socket) > 0
  return !request.complete && request.readableLength === 0
}

/** Bytes that the kernel has taken over; `bytesWritten` would also count those that wait in this process. */
function bytesSent(socket: Socket): number {
  return socket.bytesWritten - Math.max(socket.writableLength, queuedBytes(socket))
}

// Node's own socket timeout looks at the same number; there is no public name for it.
function queuedBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { writeQueueSize?: number } | null }
  return handle?.writeQueueSize ?? 0
}
