/**
 * The errors the double answers with: status and code as S3 documents them.
 * @module
 */

export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly status: number
  /** As in the `Code` element, e.g. `NoSuchKey`. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export const noSuchKey = (key: string): S3Error => new S3Error(404, 'NoSuchKey', `no object has the key ${key}`)

export const noSuchUpload = (id: string): S3Error => new S3Error(404, 'NoSuchUpload', `no upload has the id ${id}`)

export const preconditionFailed = (condition: string): S3Error =>
  new S3Error(412, 'PreconditionFailed', `${condition} does not hold`)

export const notImplemented = (what: string): S3Error =>
  new S3Error(501, 'NotImplemented', `this server does not know ${what}`)

export const invalidArgument = (what: string): S3Error => new S3Error(400, 'InvalidArgument', what)
