import { describe, expect, test } from '@jest/globals'
import { environmentOf, mergeEnvironment } from './environment.ts'

const parts = { hostname: 'box', terminal: false, home: '/root', variables: [] }
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

describe('the environment of a container', () => {
  test('has a search path, the host name and the home directory', () => {
    expect(environmentOf(parts)).toEqual([path, 'HOSTNAME=box', 'HOME=/root'])
  })

  test('has TERM on a terminal only', () => {
    expect(environmentOf({ ...parts, terminal: true })).toEqual([path, 'HOSTNAME=box', 'TERM=xterm', 'HOME=/root'])
  })

  test('is what the image and the user say where they say something', () => {
    const variables = ['PATH=/app', 'HOME=/elsewhere', 'TERM=vt100', 'EMPTY=', 'TWO=a=b']
    expect(environmentOf({ ...parts, terminal: true, variables })).toEqual([
      ...['PATH=/app', 'HOSTNAME=box', 'TERM=vt100', 'HOME=/elsewhere', 'EMPTY=', 'TWO=a=b'],
    ])
  })

  test('a later variable replaces an earlier one in its place, and a bare name removes it', () => {
    expect(mergeEnvironment(['A=1', 'B=2', 'C=3'], ['B=9', 'A', 'D=4'])).toEqual(['B=9', 'C=3', 'D=4'])
  })

  test('a name that begins like another is another', () => {
    expect(mergeEnvironment(['AB=1'], ['A=2', 'AB'])).toEqual(['A=2'])
  })
})
