import { expect, test } from '@jest/globals'
import { descriptorOf, emptyDescriptor } from './descriptor.ts'

test('the empty descriptor is the one that the specification prints', () => {
  expect(emptyDescriptor).toEqual({
    mediaType: 'application/vnd.oci.empty.v1+json',
    digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    size: 2,
    data: 'e30=',
  })
})

test('a descriptor counts bytes, not characters', () => {
  expect(descriptorOf('text/plain', Buffer.from('é')).size).toBe(2)
})
