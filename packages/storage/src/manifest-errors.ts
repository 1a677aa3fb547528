/**
 * What the storage says of manifests and tags that are not there.
 * @module
 */
import { OciError } from '@tsreg/oci'

/** @param reference a tag or a digest */
export function manifestUnknown(name: string, reference: string): OciError {
  const what = reference.includes(':') ? `manifest ${reference}` : `tag ${reference}`
  return new OciError('MANIFEST_UNKNOWN', `${what} is not in repository ${name}`, { detail: { name, reference } })
}

export function nameUnknown(name: string): OciError {
  return new OciError('NAME_UNKNOWN', `repository ${name} does not exist: nothing was ever pushed to it`, {
    detail: { name },
  })
}
