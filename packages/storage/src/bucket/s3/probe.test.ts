import { afterEach, expect, test } from '@jest/globals'
import {
  awsBehaviour,
  carelessBehaviour,
  cephBehaviour,
  internalError,
  lyingBehaviour,
  type S3Behaviour,
  type S3Double,
  startS3Double,
  swiftBehaviour,
} from '../../testing/s3-double/index.ts'
import type { BucketCapabilities } from '../bucket.ts'
import { openBucket } from '../open.ts'

let double: S3Double
afterEach(() => double.close())

async function capabilitiesOf(behaviour: Partial<S3Behaviour>): Promise<BucketCapabilities> {
  double = await startS3Double({ behaviour })
  const bucket = await openBucket(double.storageUrl('p'), { s3: { credentials: double, delayFactor: 0 } })
  await bucket.close()
  return bucket.capabilities
}

test.each([
  ['AWS', awsBehaviour, true, true],
  ['a server that takes quoted ETags only', { ...awsBehaviour, ifMatchForm: 'quoted' }, true, true],
  ['Ceph, which takes unquoted ones and ignores the condition of a delete', cephBehaviour, true, false],
  ['Swift, which refuses conditional writes', swiftBehaviour, false, false],
  ['a server that ignores conditions', carelessBehaviour, false, false],
  ['a server whose conditions hold without racers only', lyingBehaviour, false, false],
  [
    'a server that lets racing deletes and writes both win',
    { ...awsBehaviour, conditionalDelete: 'racy' },
    true,
    false,
  ],
  ['a server that refuses conditional deletes', { ...awsBehaviour, conditionalDelete: 'refused' }, true, false],
] as const)('%s is found out: %#', async (_, behaviour, cas, conditionalDelete) => {
  expect(await capabilitiesOf(behaviour)).toEqual({ cas, conditionalDelete })
  expect([...double.objects().keys()]).toEqual([])
  expect(double.requests.length).toBeLessThan(80)
})

test('a hiccup of the server during the probe changes nothing', async () => {
  double = await startS3Double()
  double.fail(({ operation }) => operation !== 'HeadBucket', internalError, 3)
  const bucket = await openBucket(double.storageUrl('p'), { s3: { credentials: double, delayFactor: 0 } })
  expect(bucket.capabilities).toEqual({ cas: true, conditionalDelete: true })
  await bucket.close()
})

test('what a killed probe left is cleared away after an hour, and not before', async () => {
  let time = Date.now() - 7_200_000
  double = await startS3Double({ now: () => time })
  const open = () => openBucket(double.storageUrl('p'), { s3: { credentials: double, delayFactor: 0 } })
  const bucket = await open()
  await bucket.put('probe/old', Buffer.from('x'))
  time = Date.now()
  await bucket.put('probe/new', Buffer.from('x'))
  await (await open()).close()
  expect([...double.objects().keys()]).toEqual(['p/probe/new'])
  await bucket.close()
})
