/** @module What containers have said. */
export { type LogOptions, readLogs } from './read-logs.ts'
export type { LogRecord, LogStream } from './record.ts'
