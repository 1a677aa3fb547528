/**
 * Makes a bucket, by one signed request: what the registry itself never does.
 * @module
 */

import { createHash, createHmac } from 'node:crypto'

export interface NewBucket {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
}

/**
 * Resolves when the bucket is there, also when it was before and is ours.
 * @throws Error with the server's answer
 */
export async function createBucket(options: NewBucket): Promise<void> {
  const url = `${options.endpoint}/${options.bucket}`
  const response = await fetch(url, {
    method: 'PUT',
    headers: signedHeaders(options, new URL(url)),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await response.text()
  if (response.ok || /BucketAlreadyOwnedByYou/.test(text)) return
  throw new Error(`PUT ${url} answered ${response.status} ${text.slice(0, 300)}`)
}

/** AWS Signature Version 4 of a PUT without a body. */
function signedHeaders({ region, accessKeyId, secretAccessKey }: NewBucket, url: URL): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const payloadHash = sha256('')
  const headers = { host: url.host, 'x-amz-content-sha256': payloadHash, 'x-amz-date': date }
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const request = ['PUT', url.pathname, '', lines.join(''), names, payloadHash].join('\n')
  const scope = [date.slice(0, 8), region, 's3', 'aws4_request']
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(request)].join('\n')
  const key = scope.reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`)
  const credential = `${accessKeyId}/${scope.join('/')}`
  const signature = hmac(key, toSign).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`
  return { 'x-amz-content-sha256': payloadHash, 'x-amz-date': date, authorization }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
