import { describe, expect, test } from '@jest/globals'
import { memoryTree } from '../testing/memory-tree.ts'
import { parseOwner } from './owner.ts'

const place = { file: 'Dockerfile', line: 2, endLine: 2, text: 'COPY --chown=x a /a' }
const tree = memoryTree({
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\nbroken\nodd:x:many:0\nboth:x:5:9\n',
  'etc/group': 'root:x:0:\nwww:x:44:\nboth:x:6:\n',
})
const ownerOf = (text: string, of = tree) => parseOwner(text, async () => of, { place })

describe('parseOwner', () => {
  test.each([
    ['web:www', { uid: 33, gid: 44 }],
    ['both', { uid: 5, gid: 6 }],
    ['12', { uid: 12, gid: 12 }],
    ['12:www', { uid: 12, gid: 44 }],
    ['web:7', { uid: 33, gid: 7 }],
    ['4294967294:0', { uid: 4294967294, gid: 0 }],
  ])('%s is %j', async (text, owner) => {
    expect(await ownerOf(text)).toEqual(owner)
  })

  test('numbers look nothing up', async () => {
    const never = () => Promise.reject(new Error('looked up'))
    expect(await parseOwner('1:2', never, { place })).toEqual({ uid: 1, gid: 2 })
  })

  test.each(['web', 'nobody', 'odd:0', 'a:b:c', ':1', '4294967295'])(
    '%s is an error that names the line',
    async (text) => {
      await expect(ownerOf(text)).rejects.toMatchObject({ code: 'OWNER_UNKNOWN', place })
    },
  )

  // CVE-2019-14271 and its kin: names looked up in files that a hostile image chooses.
  test('/etc/passwd that is a link leads nowhere but into the image', async () => {
    const linked = memoryTree({
      'etc/passwd': '-> ../../../../../root/users',
      'root/users': 'eve:x:66:66\n',
      'etc/group': '',
    })
    expect(await ownerOf('eve:0', linked)).toEqual({ uid: 66, gid: 0 })
  })

  test('/etc/passwd that is a directory, a device or huge has no names', async () => {
    for (const file of [null, { type: 'char' as const }, { size: 2 ** 40, content: 'eve:x:1:1' }]) {
      await expect(ownerOf('eve:0', memoryTree({ 'etc/passwd': file }))).rejects.toMatchObject({
        code: 'OWNER_UNKNOWN',
      })
    }
  })
})
