/**
 * The ports of EXPOSE as the config has them.
 * @module
 */
import type { SourcePlace } from '../errors.ts'
import { invalid } from './place.ts'

/**
 * `8000-8002/udp` gives `8000/udp`, `8001/udp`, `8002/udp`; without a protocol it is tcp. Of `HOST:CONTAINER`, which docker
 * takes here too, the port of the container counts. The result is sorted and holds each port once.
 * @param words expanded
 * @throws DOCKERFILE_INVALID
 */
export function exposedPorts(words: readonly string[], place: SourcePlace): readonly string[] {
  const ports = new Map<string, number>()
  for (const word of words) {
    const [, range = '', protocol = 'tcp'] = /^(?:[^/]*:)?([^/:]*)(?:\/([^/]*))?$/.exec(word) ?? []
    const { from, to } = rangeOf(range) ?? {}
    const name = protocol.toLowerCase()
    if (from === undefined || to === undefined || !['tcp', 'udp', 'sctp'].includes(name)) {
      throw invalid(place, `${JSON.stringify(word)} is no port: write a number or FIRST-LAST, then /tcp, /udp or /sctp`)
    }
    for (let port = from; port <= to; port += 1) ports.set(`${port}/${name}`, port)
  }
  return [...ports].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([port]) => port)
}

function rangeOf(text: string): { readonly from: number; readonly to: number } | undefined {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const from = Number(first)
  const to = Number(last)
  return first === '' || to < from || to > 65_535 ? undefined : { from, to }
}
