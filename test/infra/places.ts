/**
 * Where each service of the compose file listens when it is a process of this machine: every port of a container becomes a
 * free one of 127.0.0.1, and every text that names a service, a port or a path is rewritten to it.
 * @module
 */

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { ComposeFile, ComposeService } from './compose-file.ts'

export interface Places {
  /** The port of this machine for that of a service. */
  portOf(service: string, port: number): number
  /** A word of a command, or a value of the environment, as the process gets it. */
  rewrite(service: string, text: string): string
}

/** @param volumes the directory in which named volumes lie */
export async function findPlaces(compose: ComposeFile, volumes: string): Promise<Places> {
  const ports = new Map<string, number>()
  const names = Object.keys(compose.services)
  for (const [name, service] of Object.entries(compose.services)) {
    for (const port of portsOf(service)) ports.set(`${name}:${port}`, await unusedPort())
  }
  const portOf = (service: string, port: number) => {
    const found = ports.get(`${service}:${port}`)
    if (found === undefined) throw new Error(`${service} does not listen on ${port}`)
    return found
  }
  return {
    portOf,
    rewrite(service, text) {
      let result = text
      for (const name of names) {
        result = result.replace(new RegExp(`\\b${name}:(\\d+)`, 'g'), (_, port) => `127.0.0.1:${portOf(name, +port)}`)
        // The identity that a service gives itself, as in -ip=seaweedfs.
        result = result.replace(new RegExp(`=${name}$`), '=127.0.0.1')
      }
      for (const [source = '', path = ''] of volumesOf(compose.services[service])) {
        const place = source.startsWith('/') ? source : join(volumes, source)
        result = result.replace(new RegExp(`(^|=)${path}(?=/|$)`), `$1${place}`)
      }
      for (const port of portsOf(compose.services[service])) {
        const own = portOf(service, port)
        result = result
          .replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${own}`)
          .replace(new RegExp(`^:${port}$`), `127.0.0.1:${own}`)
          .replace(new RegExp(`(^|=)${port}$`), `$1${own}`)
      }
      return result.replaceAll('0.0.0.0', '127.0.0.1')
    },
  }
}

/** A service listens where its health check asks. */
function portsOf(service: ComposeService | undefined): readonly number[] {
  const asked = (service?.healthcheck?.test ?? []).join(' ').matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)
  return [...new Set([...asked].map(([, port]) => Number(port)))]
}

function volumesOf(service: ComposeService | undefined): readonly (readonly string[])[] {
  return (service?.volumes ?? []).map((volume) => volume.split(':'))
}

const given = new Set<number>()

/**
 * A port that nothing listens on, and that no outgoing connection takes before it is used: below the range those have, and
 * given once.
 */
export async function unusedPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    if (given.has(port) || !(await canListen(port))) continue
    given.add(port)
    return port
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
