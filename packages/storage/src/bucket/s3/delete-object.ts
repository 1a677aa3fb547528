/**
 * Deleting one object, under a condition where the server has it.
 * @module
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { OciError } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import type { WriteCondition } from '../bucket.ts'
import { objectOf, type S3Context } from './context.ts'
import { writeEtag } from './etags.ts'
import { failureOf } from './failures.ts'

/**
 * @throws UNSUPPORTED for a condition that the server has not, UNAVAILABLE also when it is not known whether the object
 *   was deleted
 */
export async function deleteObject(
  s3: S3Context,
  key: string,
  { ifMatch, signal }: Pick<WriteCondition, 'ifMatch'> & OperationOptions,
): Promise<{ readonly ok: boolean }> {
  if (ifMatch !== undefined && !s3.found.conditionalDelete) {
    throw new OciError('UNSUPPORTED', `${key}: this bucket has no conditional delete`, { detail: { key } })
  }
  const condition = ifMatch === undefined ? {} : { IfMatch: writeEtag(ifMatch, s3.found.etagForm) }
  let uncertain = false
  const request = {
    operation: 'DeleteObject',
    key,
    signal,
    onFailure: (failure: string) => {
      uncertain ||= failure === 'unknown'
    },
  }
  try {
    await s3.requests.run(request, (send) =>
      s3.client.send(new DeleteObjectCommand({ ...objectOf(s3, key), ...condition }), send),
    )
    return { ok: true }
  } catch (error) {
    if (error instanceof OciError || signal?.aborted === true) throw error
    if (ifMatch === undefined) {
      if (failureOf(error) === 'absent') return { ok: true }
    } else if (!uncertain) return { ok: false }
    // The version is gone; whether an earlier try took it, or somebody else, the server does not say.
    throw new OciError('UNAVAILABLE', `${key}: it is not known who deleted or replaced it; read it and try again`, {
      detail: { key },
    })
  }
}
