import { describe, expect, test } from '@jest/globals'
import { memoryTree } from '../testing/memory-tree.ts'
import { resolvePath } from './resolve.ts'

const tree = memoryTree({
  'etc/passwd': 'root',
  app: '-> srv/app',
  'srv/app': '-> /opt/real',
  'opt/real/bin': null,
  up: '-> ../../../../etc',
  dangling: '-> /nowhere/at/all',
  loop: '-> loop/again',
  'opt/back': '-> ..',
})

describe('resolvePath', () => {
  test.each([
    ['/', ''],
    ['/etc/passwd', 'etc/passwd'],
    ['/app/bin', 'opt/real/bin'],
    ['/app', 'opt/real'],
    ['/opt/back/etc', 'etc'],
    ['/opt/back/back/etc', 'back/etc'],
    ['/new/file', 'new/file'],
    ['/dangling/x', 'nowhere/at/all/x'],
    ['etc//./passwd', 'etc/passwd'],
    ['/app/../passwd', 'opt/passwd'],
  ])('%s leads to /%s', async (path, resolved) => {
    expect(await resolvePath(tree, path)).toBe(resolved)
  })

  // CVE-2018-15664, CVE-2019-14271: docker cp was led out of a container by links.
  test.each([
    ['/up/shadow', 'etc/shadow'],
    ['/../../etc/shadow', 'etc/shadow'],
    ['/app/../../../../etc', 'etc'],
  ])('%s stays inside: /%s', async (path, resolved) => {
    expect(await resolvePath(tree, path)).toBe(resolved)
  })

  test('links that lead in a circle are an error, not a build that never ends', async () => {
    await expect(resolvePath(tree, '/loop')).rejects.toMatchObject({ code: 'LINK_LOOP' })
  })
})
