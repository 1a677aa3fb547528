/**
 * `s3://` URLs: which bucket, where it is, and under which prefix everything lies.
 * @module
 */
import { OciError, suggest } from '@tsreg/oci'

export interface S3Location {
  readonly bucket: string
  /** Empty, or ending in `/`: stands before every key. */
  readonly prefix: string
  /** Absent: that of AWS in the region. */
  readonly endpoint: string | undefined
  /** Absent: what the environment or the profile says; `us-east-1` where an endpoint is given. */
  readonly region: string | undefined
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. @default true where an endpoint is given */
  readonly forcePathStyle: boolean
  /** The endpoint as clients of the registry reach it, in presigned URLs. @default the endpoint */
  readonly publicEndpoint: string | undefined
}

const parameters = ['endpoint', 'region', 'forcePathStyle', 'publicEndpoint'] as const
type Parameter = (typeof parameters)[number]

/** A key may have 1024 bytes; the longest of ours leaves room for so many. */
const maxPrefixBytes = 200

/**
 * `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&forcePathStyle=true&publicEndpoint=URL`, all but the bucket optional.
 * @throws UNSUPPORTED, naming what is wrong; neither the credentials nor the values of unknown parameters get into it
 */
export function parseS3Url(url: string): S3Location {
  const [, authority = '', path = '', query = ''] = /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?(.*))?$/is.exec(url) ?? []
  if (authority.includes('@')) {
    throw refused(url, 'credentials do not belong into it; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(authority)) {
    throw refused(url, `${JSON.stringify(authority)} is no bucket name; write s3://BUCKET/PREFIX`)
  }
  const given = readParameters(url, query)
  const endpoint = checkEndpoint(url, 'endpoint', given.get('endpoint'))
  return {
    bucket: authority,
    prefix: checkPrefix(url, path),
    endpoint,
    region: given.get('region'),
    forcePathStyle: checkFlag(url, given.get('forcePathStyle')) ?? endpoint !== undefined,
    publicEndpoint: checkEndpoint(url, 'publicEndpoint', given.get('publicEndpoint')),
  }
}

function readParameters(url: string, query: string): ReadonlyMap<Parameter, string> {
  const given = new Map<Parameter, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const known = parameters.find((parameter) => parameter === name)
    if (known === undefined) throw refused(url, unknownParameter(name))
    if (given.has(known)) throw refused(url, `${name} is given twice`)
    if (value === '') throw refused(url, `${name} is empty`)
    given.set(known, value)
  }
  return given
}

function unknownParameter(name: string): string {
  if (/key|secret|token|credential|password/i.test(name)) {
    return `${name} is no parameter; credentials come from the environment, a profile, or the role of the machine`
  }
  const near = suggest(name, parameters)
  return `${name} is no parameter; ${near === undefined ? `known are ${parameters.join(', ')}` : `did you mean ${near}?`}`
}

function checkPrefix(url: string, path: string): string {
  const prefix = path.replace(/\/+$/, '')
  if (prefix === '') return ''
  if (Buffer.byteLength(prefix) > maxPrefixBytes) {
    throw refused(url, `the prefix has more than ${maxPrefixBytes} bytes`)
  }
  if (prefix.split('/').some((element) => element === '' || element === '.' || element === '..')) {
    throw refused(url, 'the prefix has an element that is empty, "." or ".."')
  }
  return `${prefix}/`
}

function checkEndpoint(url: string, name: Parameter, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const endpoint = URL.parse(value)
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) {
    throw refused(url, `${name} is no http or https URL, as in ${name}=http://127.0.0.1:8333`)
  }
  if (endpoint.username !== '' || endpoint.password !== '' || endpoint.search !== '' || endpoint.hash !== '') {
    throw refused(url, `${name} may name a host, a port and a path, and nothing else`)
  }
  return value.replace(/\/+$/, '')
}

function checkFlag(url: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (value === 'true' || value === 'false') return value === 'true'
  throw refused(url, `forcePathStyle is true or false, not ${JSON.stringify(value)}`)
}

function refused(url: string, why: string): OciError {
  const shown = url.replace(/\?.*$/s, '').replace(/\/\/[^/]*@/, '//')
  return new OciError('UNSUPPORTED', `storage ${JSON.stringify(shown)} cannot be opened: ${why}`, {
    detail: { url: shown },
  })
}
