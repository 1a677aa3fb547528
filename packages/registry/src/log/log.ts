/**
 * The log: JSON lines by pino, and one line per request that is put together by hand because there are so many.
 * No header, no query and no body is ever logged, so no token and no password can be.
 * @module
 */
import { type Logger, pino, symbols } from 'pino'

export interface Log {
  readonly logger: Logger
  /** Writes a finished line into the same stream. */
  readonly writeLine: (line: string) => void
  /** Resolves when everything has left the process. */
  flush(): Promise<void>
}

/** A log to standard output, buffered; an exit flushes it. */
export function openLog(level: string): Log {
  const destination = pino.destination({ dest: 1, sync: false })
  // A reader that went away or a full disk behind standard output costs lines, not the registry.
  destination.on('error', () => {})
  return logTo(pino({ level, base: null }, destination))
}

/** The same through a logger that the caller has made. */
export function logTo(logger: Logger): Log {
  const stream = (logger as unknown as Record<symbol, { write(line: string): unknown }>)[symbols.streamSym]
  return {
    logger,
    writeLine: (line) => void stream?.write(line),
    flush: () => new Promise((resolve) => logger.flush(() => resolve())),
  }
}
