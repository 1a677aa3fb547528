import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { temporaryDirectories } from '../testing/temporary-directory.ts'
import { isDirectoryBucket } from './directory/directory.ts'
import { openBucket } from './open.ts'

const newDirectory = temporaryDirectories()

test('file: with a path or a URL opens a directory, made when it is absent', async () => {
  const directory = join(await newDirectory(), 'with %20 and ?', 'deep')
  for (const url of [`file:${directory}`, `file://${directory}`]) {
    const bucket = await openBucket(url)
    expect(isDirectoryBucket(bucket) && bucket.directory).toBe(directory)
    await bucket.close()
  }
})

test('memory: opens a bucket that is not kept', async () => {
  const bucket = await openBucket('memory:')
  expect(isDirectoryBucket(bucket)).toBe(false)
  await bucket.put('a', Buffer.from('x'))
  expect(await (await openBucket('memory:')).read('a')).toBeUndefined()
})

test.each([
  ['./data', 'did you mean file:./data'],
  ['file:', 'file:./data'],
  ['file://data', 'did you mean file:data'],
  ['s3://bucket/prefix?regoin=x', 'did you mean region?'],
  ['s3://BUCKET NAME', 'no bucket name'],
  ['https://bucket', 's3://BUCKET'],
  ['mem:', 'did you mean memory:'],
  ['memory:x', 'file:DIR'],
  ['redis:x', 'use file:DIR, s3://BUCKET/PREFIX or memory:'],
])('%s is UNSUPPORTED, and the message helps: %s', async (url, advice) => {
  await expect(openBucket(url)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining(advice),
  })
})

test('a password in the URL does not get into the message', async () => {
  await expect(openBucket('s3://key:secret@bucket')).rejects.not.toMatchObject({
    message: expect.stringContaining('secret'),
  })
})
