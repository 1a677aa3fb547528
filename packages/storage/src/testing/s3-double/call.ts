/**
 * One request as S3 understands it: path-style bucket and key, query, and the name of the operation.
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { S3Error } from './s3-error.ts'

/** The operations the double knows; every other request is `Unknown` and gets 501. */
export type S3Operation =
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'Unknown'

export interface S3Call {
  readonly operation: S3Operation
  readonly method: string
  readonly bucket: string
  /** Decoded; empty for operations of the bucket. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** As it came: what was signed. */
  readonly rawPath: string
}

/** @throws S3Error InvalidURI when the path cannot be decoded. */
export function readCall(request: IncomingMessage): S3Call {
  const { method = '', url = '/', headers } = request
  const [rawPath = '/', rawQuery = ''] = splitOnce(url, '?')
  const [bucket = '', key = ''] = splitOnce(decodePath(rawPath.slice(1)), '/')
  const query = new URLSearchParams(rawQuery)
  const isCopy = headers['x-amz-copy-source'] !== undefined
  const operation = operationOf(method, bucket, key, query)
  return { operation: isCopy ? copyOf(operation) : operation, method, bucket, key, query, headers, rawPath }
}

/** A header that came once; undefined when absent. */
export function headerOf({ headers }: S3Call, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function operationOf(method: string, bucket: string, key: string, query: URLSearchParams): S3Operation {
  if (bucket === '') return 'Unknown'
  if (key === '') {
    if (method === 'HEAD') return 'HeadBucket'
    return method === 'GET' && query.get('list-type') === '2' ? 'ListObjectsV2' : 'Unknown'
  }
  const ofUpload = query.has('uploadId')
  switch (method) {
    case 'PUT':
      return ofUpload ? 'UploadPart' : 'PutObject'
    case 'GET':
      return ofUpload ? 'ListParts' : 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'DELETE':
      return ofUpload ? 'AbortMultipartUpload' : 'DeleteObject'
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload'
      return ofUpload ? 'CompleteMultipartUpload' : 'Unknown'
    default:
      return 'Unknown'
  }
}

/** A copy says so in a header. */
function copyOf(operation: S3Operation): S3Operation {
  return operation === 'UploadPart' ? 'UploadPartCopy' : 'Unknown'
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new S3Error(400, 'InvalidURI', `the path ${path} cannot be decoded`)
  }
}

function splitOnce(value: string, separator: string): readonly string[] {
  const at = value.indexOf(separator)
  return at < 0 ? [value] : [value.slice(0, at), value.slice(at + separator.length)]
}
