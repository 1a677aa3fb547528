/**
 * The SDK's client as this driver uses it: no tries and no checksums of its own, connections that stay open.
 * @module
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { S3Location } from './location.ts'

export interface ClientOptions {
  /** @default the whole chain of the SDK: environment, profile, web identity, container, instance */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>
  /** Instead of the location's. */
  readonly endpoint?: string | undefined
}

export function createClient(location: S3Location, { credentials, endpoint = location.endpoint }: ClientOptions = {}) {
  // Idle connections are kept for less than servers and balancers keep theirs; one that was closed meanwhile costs a try.
  const agent = { keepAlive: true, keepAliveMsecs: 10_000, maxFreeSockets: 64, timeout: 20_000 }
  const region = location.region ?? (endpoint === undefined ? undefined : defaultRegion())
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: location.forcePathStyle,
    // Without one the SDK writes some warnings to the console.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    // A second try of a conditional write must know that it is one: see conditional-write.ts.
    maxAttempts: 1,
    // Otherwise streams are sent in chunks with a trailer, which Ceph and Swift refuse and others store as content.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: 5000,
      throwOnRequestTimeout: true,
      // Silence on a connection says nothing while a slow client reads what came over it.
      socketTimeout: 0,
    }),
  })
}

/** Servers other than AWS have regions in name only. */
function defaultRegion(): string {
  return process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1'
}
