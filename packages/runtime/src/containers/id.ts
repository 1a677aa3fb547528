/**
 * IDs of containers.
 * @module
 */
import { randomBytes } from 'node:crypto'

/** 64 hex digits. Its first twelve are the hostname, which must not be a number, so that nobody takes it for an address. */
export function newContainerId(random: () => Buffer = () => randomBytes(32)): string {
  for (;;) {
    const id = random().toString('hex')
    if (!/^\d{12}/.test(id)) return id
  }
}

/** The first twelve digits. */
export function shortContainerId(id: string): string {
  return id.slice(0, 12)
}

export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
