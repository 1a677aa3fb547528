/**
 * The tag under which clients keep referrers where a registry has no API for them (distribution-spec main, "Referrers
 * Tag Schema").
 * @module
 */
import { type Digest, encodedOf } from '../digest.ts'

/** `sha256-<hex>`: algorithm cut to 32 and encoded part to 64 characters, what a tag cannot hold replaced by `-`. */
export function fallbackTag(subject: Digest): string {
  const algorithm = subject.slice(0, subject.indexOf(':')).slice(0, 32)
  return `${algorithm}-${encodedOf(subject).slice(0, 64)}`.replaceAll(/[^a-zA-Z0-9._-]/g, '-')
}
