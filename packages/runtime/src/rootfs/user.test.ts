import { describe, expect, test } from '@jest/globals'
import { isRuntimeError } from '../errors.ts'
import { lookUpUser } from './user.ts'

const database = {
  passwd: [
    'root:x:0:0:root:/root:/bin/sh',
    '# a remark',
    'broken:line',
    'web:x:33:34:www:/var/www:/usr/sbin/nologin',
    'homeless:x:40:41::',
    '1000:x:77:77:digits:/home/digits:/bin/sh',
  ].join('\n'),
  group: ['root:x:0:', 'wheel:x:10:root,web', 'web:x:34:', 'disk:x:6:web', 'nobody:x:x:web'].join('\n'),
}

describe('a user of the container', () => {
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' }],
    ['root', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' }],
    ['0', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' }],
    ['web', { uid: 33, gid: 34, additionalGids: [34, 10, 6], home: '/var/www' }],
    ['33', { uid: 33, gid: 34, additionalGids: [34, 10, 6], home: '/var/www' }],
    ['web:disk', { uid: 33, gid: 6, additionalGids: [6], home: '/var/www' }],
    ['web:1234', { uid: 33, gid: 1234, additionalGids: [1234], home: '/var/www' }],
    ['4711:wheel', { uid: 4711, gid: 10, additionalGids: [10], home: '/' }],
    ['4711', { uid: 4711, gid: 0, additionalGids: [0], home: '/' }],
    [':wheel', { uid: 0, gid: 10, additionalGids: [10], home: '/root' }],
    ['homeless', { uid: 40, gid: 41, additionalGids: [41], home: '/' }],
    // Digits are a number even where a user has such a name.
    ['1000', { uid: 1000, gid: 0, additionalGids: [0], home: '/' }],
  ])('%j', (text, expected) => {
    expect(lookUpUser(text, database)).toEqual(expected)
  })

  test.each([
    ['nobody', 'unable to find user nobody: no matching entries in passwd file'],
    ['web:nogroup', 'unable to find group nogroup: no matching entries in group file'],
    ['2147483648', 'user "2147483648": numbers are from 0 to 2147483647'],
    ['-1', 'user "-1": numbers are from 0 to 2147483647'],
  ])('%j is refused', (text, message) => {
    let caught: unknown
    try {
      lookUpUser(text, database)
    } catch (error) {
      caught = error
    }
    expect(isRuntimeError(caught, 'USER_UNKNOWN')).toBe(true)
    expect((caught as Error).message).toBe(message)
  })

  test('without a database numbers are taken as they are, and names are not', () => {
    const none = { passwd: undefined, group: undefined }
    expect(lookUpUser('5:6', none)).toEqual({ uid: 5, gid: 6, additionalGids: [6], home: '/' })
    expect(lookUpUser('', none)).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: '/' })
    expect(() => lookUpUser('web', none)).toThrow('no matching entries')
  })
})
