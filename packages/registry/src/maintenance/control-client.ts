/**
 * Hands maintenance to the registry that owns a directory, over its socket.
 * @module
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, isOciError, OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { errorCodes } from '@tsreg/oci/distribution'
import { controlPath } from './control-path.ts'
import { linesOf } from './lines.ts'
import type { MaintenanceEvent, MaintenanceRequest, MaintenanceResult, OnMaintenanceEvent } from './request.ts'

export interface HandOverOptions extends OperationOptions {
  readonly onEvent: OnMaintenanceEvent
  /** How long a registry that has just started may take to listen, in milliseconds. @default 5000 */
  readonly patienceMs?: number
}

type Line = MaintenanceEvent | { readonly result: MaintenanceResult } | { readonly error: ReportedError }
interface ReportedError {
  readonly code: string
  readonly message: string
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * @throws UNAVAILABLE (`reason: 'no-socket'`) when nobody listens, or the registry goes away; what the work failed with; the
 * signal's reason
 */
export async function handOver(
  directory: string,
  request: MaintenanceRequest,
  options: HandOverOptions,
): Promise<MaintenanceResult> {
  const { onEvent, signal } = options
  const socket = await reach(directory, options)
  const abort = () => socket.destroy()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    socket.write(`${JSON.stringify(request)}\n`)
    for await (const line of linesOf(socket)) {
      const told = JSON.parse(line) as Line
      if ('result' in told) return told.result
      if ('error' in told) throw reported(told.error)
      await onEvent(told)
    }
    throw unavailable(directory, 'went away in the middle; run the command again')
  } catch (error) {
    signal?.throwIfAborted()
    throw isOciError(error) ? error : unavailable(directory, 'went away in the middle; run the command again', error)
  } finally {
    signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** The registry may own the directory already and not listen yet. */
async function reach(directory: string, { signal, patienceMs = 5000 }: HandOverOptions): Promise<Socket> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    using control = controlPath(directory)
    const socket = connect(control.path)
    socket.on('error', () => {})
    try {
      await once(socket, 'connect', { signal })
      return socket
    } catch (error) {
      socket.destroy()
      signal?.throwIfAborted()
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM') {
        throw unavailable(directory, 'belongs to another user; run the command as that user', error)
      }
      if (performance.now() >= deadline) {
        throw unavailable(directory, 'takes no work from others; stop it, or wait until it has ended', error)
      }
      await delay(50, undefined, { signal })
    }
  }
}

function reported({ code, message, detail }: ReportedError): OciError {
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'UNKNOWN'
  return new OciError(known, message, detail === undefined ? {} : { detail })
}

function unavailable(directory: string, why: string, cause?: unknown): OciError {
  const message = `the process that owns ${directory} ${why}`
  return new OciError('UNAVAILABLE', message, { detail: { directory, reason: 'no-socket' }, cause })
}
