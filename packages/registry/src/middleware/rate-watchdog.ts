/**
 * Cuts off bodies that hardly move. There is no limit to how long a layer may take, so a connection that stands still
 * has to be told from one that is slow: every byte that moves buys the exchange a little more time.
 * @module
 */
import type { Socket } from 'node:net'
import type { Exchange } from '../exchange.ts'

export type Direction = 'request' | 'response'

export interface RateWatchdogOptions {
  /** Everything that is going on. */
  readonly inFlight: ReadonlySet<Exchange>
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
  /** Told before the connection is destroyed. */
  readonly onCut: (exchange: Exchange, direction: Direction) => void
}

export interface RateWatchdog {
  close(): void
}

interface Progress {
  readonly direction: Direction
  readonly moved: number
  readonly creditMs: number
}

/** Looks at all exchanges a few times per grace; an exchange that ends between two looks costs nothing. */
export function rateWatchdog(options: RateWatchdogOptions): RateWatchdog {
  const { inFlight, minRateBytesPerSecond: rate, graceMs, longestStallMs = 10 * graceMs, onCut } = options
  if (rate === 0) return { close: () => {} }
  const intervalMs = Math.max(10, Math.min(5000, graceMs / 4))
  let seen = new Map<Exchange, Progress>()

  const look = (): void => {
    const next = new Map<Exchange, Progress>()
    for (const exchange of inFlight) {
      const direction = directionOf(exchange)
      if (direction === undefined) continue
      const { request, largeBody } = exchange
      const moved =
        direction === 'request' ? (largeBody?.bytesReceived ?? request.socket.bytesRead) : bytesSent(request.socket)
      const before = seen.get(exchange)
      if (before?.direction !== direction) {
        next.set(exchange, { direction, moved, creditMs: graceMs })
        continue
      }
      const most = direction === 'request' ? graceMs : longestStallMs
      const earnedMs = ((moved - before.moved) * 1000) / rate
      const spentMs = isClientsTurn(exchange, direction) ? intervalMs : 0
      const creditMs = Math.min(most, before.creditMs + earnedMs) - spentMs
      if (creditMs > 0) next.set(exchange, { direction, moved, creditMs })
      else cut(exchange, direction)
    }
    seen = next
  }
  const cut = (exchange: Exchange, direction: Direction): void => {
    onCut(exchange, direction)
    exchange.response.destroy()
    exchange.request.socket.destroy()
  }
  const timer = setInterval(look, intervalMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

/** Which body is on its way; undefined while the registry itself is at work. */
function directionOf({ request, response, bodyOpened, largeBody }: Exchange): Direction | undefined {
  if (response.headersSent) return 'response'
  return bodyOpened && !(largeBody ?? request).complete ? 'request' : undefined
}

/** False while the storage is what the exchange waits for: nobody is cut off because our disk is slow. */
function isClientsTurn({ request, largeBody }: Exchange, direction: Direction): boolean {
  const { socket } = request
  if (direction === 'response') return socket.writableLength > 0 || queuedBytes(socket) > 0
  return largeBody?.isStarved ?? request.readableLength === 0
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
