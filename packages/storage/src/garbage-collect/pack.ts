/**
 * Packs: objects `gc/marks/<key>` with what manifests refer to and what tags name, so that a mark reads only the cells
 * that are new. A pack is a header line of JSON with the checksum of what follows, then entries in the order of their keys:
 *
 * ```
 * 2 bytes length, key · 2 bytes length, ETag · 4 bytes length, packed references
 * ```
 *
 * What a manifest refers to never changes, so its entry has no ETag; that of a tag holds while the tag has that ETag. A
 * pack is therefore never wrong, however old it is or whoever else wrote it, and one that is damaged is not used.
 * @module
 */
import { hash } from 'node:crypto'

export interface PackEntry {
  readonly key: string
  /** '' for a manifest. */
  readonly etag: string
  /** As {@link packReferences} made them. */
  readonly references: Buffer
  /** The entry as it stands in its pack. */
  readonly encoded: Buffer
}

const version = 1
const newline = 0x0a

export function packEntry(key: string, etag: string, references: Buffer): PackEntry {
  const [keyBytes, etagBytes] = [Buffer.from(key), Buffer.from(etag)]
  const lengths = Buffer.alloc(8)
  lengths.writeUInt16BE(keyBytes.length, 0)
  lengths.writeUInt16BE(etagBytes.length, 2)
  lengths.writeUInt32BE(references.length, 4)
  const encoded = Buffer.concat([
    lengths.subarray(0, 2),
    keyBytes,
    lengths.subarray(2, 4),
    etagBytes,
    lengths.subarray(4),
    references,
  ])
  return { key, etag, references, encoded }
}

export function encodePack(entries: readonly PackEntry[]): Buffer {
  const body = Buffer.concat(entries.map(({ encoded }) => encoded))
  const header = { v: version, sha256: hash('sha256', body, 'hex') }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body])
}

/** The entries of a pack, as views of it; undefined when it is damaged, or of another version. */
export function decodePack(bytes: Uint8Array): IterableIterator<PackEntry> | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = whole.indexOf(newline)
  const header = parseHeader(whole.subarray(0, Math.max(0, end)).toString())
  const body = whole.subarray(end + 1)
  if (header?.v !== version || header.sha256 !== hash('sha256', body, 'hex')) return undefined
  return entriesOf(body)
}

function* entriesOf(body: Buffer): Generator<PackEntry> {
  for (let at = 0; at < body.length; ) {
    const keyAt = at + 2
    const etagAt = keyAt + body.readUInt16BE(at) + 2
    const lengthAt = etagAt + body.readUInt16BE(etagAt - 2)
    const end = lengthAt + 4 + body.readUInt32BE(lengthAt)
    yield {
      key: body.toString('utf8', keyAt, etagAt - 2),
      etag: body.toString('utf8', etagAt, lengthAt),
      references: body.subarray(lengthAt + 4, end),
      encoded: body.subarray(at, end),
    }
    at = end
  }
}

function parseHeader(line: string): { readonly v?: unknown; readonly sha256?: unknown } | undefined {
  try {
    return JSON.parse(line) as { v?: unknown; sha256?: unknown }
  } catch {
    return undefined
  }
}
