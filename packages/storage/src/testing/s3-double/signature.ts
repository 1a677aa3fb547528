/**
 * AWS Signature Version 4, in the `Authorization` header or in a presigned URL: checked as S3 does.
 * @module
 */
import { createHash, createHmac } from 'node:crypto'
import { headerOf, type S3Call } from './call.ts'
import { S3Error } from './s3-error.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

interface Signed {
  readonly accessKeyId: string
  /** `20260101/us-east-1/s3/aws4_request` */
  readonly scope: string
  readonly signedHeaders: string
  readonly signature: string
  /** `20260101T000000Z` */
  readonly date: string
  readonly payloadHash: string
}

/** @throws S3Error AccessDenied (no signature, or an expired URL), InvalidAccessKeyId, SignatureDoesNotMatch */
export function checkSignature(call: S3Call, credentials: S3Credentials, nowMs: number): void {
  const signed = call.query.has('X-Amz-Signature') ? readPresigned(call, nowMs) : readAuthorization(call)
  if (signed === undefined) throw new S3Error(403, 'AccessDenied', 'the request is not signed')
  if (signed.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error(403, 'InvalidAccessKeyId', 'the access key is unknown')
  }
  if (signatureOf(call, signed, credentials.secretAccessKey) !== signed.signature) {
    throw new S3Error(403, 'SignatureDoesNotMatch', `the signature is not that of\n${canonicalRequest(call, signed)}`)
  }
}

function readAuthorization(call: S3Call): Signed | undefined {
  const header = headerOf(call, 'authorization') ?? ''
  const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/
  const [, accessKeyId, scope, signedHeaders, signature] = found.exec(header) ?? []
  if (accessKeyId === undefined || scope === undefined || signedHeaders === undefined || signature === undefined) {
    return undefined
  }
  const date = headerOf(call, 'x-amz-date') ?? ''
  const payloadHash = headerOf(call, 'x-amz-content-sha256') ?? ''
  return { accessKeyId, scope, signedHeaders, signature, date, payloadHash }
}

function readPresigned({ query }: S3Call, nowMs: number): Signed {
  const [accessKeyId = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/')
  const date = query.get('X-Amz-Date') ?? ''
  const expiresMs = dateMs(date) + Number(query.get('X-Amz-Expires')) * 1000
  // A comparison with NaN is false: what is malformed has expired.
  if (!(nowMs < expiresMs)) throw new S3Error(403, 'AccessDenied', 'Request has expired')
  return {
    accessKeyId,
    scope: scope.join('/'),
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
    date,
    payloadHash: 'UNSIGNED-PAYLOAD',
  }
}

function signatureOf(call: S3Call, signed: Signed, secret: string): string {
  const requestHash = createHash('sha256').update(canonicalRequest(call, signed)).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', signed.date, signed.scope, requestHash].join('\n')
  const key = signed.scope
    .split('/')
    .reduce<string | Buffer>((key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${secret}`)
  return createHmac('sha256', key).update(toSign).digest('hex')
}

function canonicalRequest(call: S3Call, { signedHeaders, payloadHash }: Signed): string {
  const headers = signedHeaders.split(';').map((name) => {
    const value = (headerOf(call, name) ?? '').trim().replace(/ +/g, ' ')
    return `${name}:${value}\n`
  })
  const query = [...call.query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .toSorted()
    .join('&')
  return [call.method, call.rawPath, query, headers.join(''), signedHeaders, payloadHash].join('\n')
}

/** As RFC 3986 says, which encodes what `encodeURIComponent` leaves. */
function encodeStrictly(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function dateMs(date: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
