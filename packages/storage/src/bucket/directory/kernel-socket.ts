/**
 * A socket that the kernel may be told to write to, behind Node's back.
 * @module
 */
import type { Socket } from 'node:net'
import { type SendFile, sendFile } from './sendfile.ts'

export interface KernelSocket {
  readonly send: SendFile
  /** The socket's descriptor while nothing of ours waits to be written before; undefined otherwise. */
  descriptor(): number | undefined
}

interface Handle {
  readonly fd?: number
  readonly writeQueueSize?: number
}

/** Undefined for a socket that changes what it is given, such as one of TLS, and where there is no sendfile. */
export function kernelSocket(socket: Socket | undefined): KernelSocket | undefined {
  const send = socket === undefined || 'encrypted' in socket ? undefined : sendFile()
  if (socket === undefined || send === undefined) return undefined
  return {
    send,
    descriptor() {
      // Node names the descriptor nowhere else.
      const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null }
      const isIdle = !socket.destroyed && socket.writableLength === 0 && handle?.writeQueueSize === 0
      return isIdle && handle.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
    },
  }
}
