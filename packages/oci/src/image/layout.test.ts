import { expect, test } from '@jest/globals'
import { digestOf, parseDigest } from '../digest.ts'
import { blobPath, layoutHeaderText, parseLayoutHeader } from './layout.ts'

test('a blob lies under its algorithm', () => {
  expect(blobPath(digestOf(''))).toBe('blobs/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(blobPath(parseDigest('a+b:c'))).toBe('blobs/a+b/c')
})

test('the header that is written is read', () => {
  expect(layoutHeaderText).toBe('{"imageLayoutVersion":"1.0.0"}')
  expect(parseLayoutHeader(Buffer.from(layoutHeaderText))).toEqual({ imageLayoutVersion: '1.0.0' })
})

test.each(['{}', '{"imageLayoutVersion":"2.0.0"}', '{"imageLayoutVersion":1}', 'x'])(
  'the header %s is refused',
  (text) => {
    expect(() => parseLayoutHeader(Buffer.from(text))).toThrow('manifest invalid')
  },
)
