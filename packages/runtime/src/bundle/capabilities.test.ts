import { describe, expect, test } from '@jest/globals'
import { allCapabilities, capabilitiesWith, defaultCapabilities } from './capabilities.ts'

describe('capabilities', () => {
  test('are the fourteen of docker unless something else is said', () => {
    expect(capabilitiesWith({})).toEqual(defaultCapabilities)
    expect(defaultCapabilities).toHaveLength(14)
    expect(defaultCapabilities).not.toContain('CAP_SYS_ADMIN')
  })

  test('are numbered as the kernel numbers them', () => {
    expect(allCapabilities).toHaveLength(41)
    const numbers = { CAP_CHOWN: 0, CAP_KILL: 5, CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_MKNOD: 27, CAP_BPF: 39 }
    for (const [name, number] of Object.entries(numbers)) expect(allCapabilities.indexOf(name)).toBe(number)
  })

  test.each([
    [{ add: ['net_admin'] }, ['CAP_NET_ADMIN'], []],
    [{ add: ['CAP_NET_ADMIN'], drop: ['chown'] }, ['CAP_NET_ADMIN'], ['CAP_CHOWN']],
    [{ drop: ['all'] }, [], [...defaultCapabilities]],
    [{ drop: ['ALL'], add: ['KILL'] }, ['CAP_KILL'], defaultCapabilities.filter((name) => name !== 'CAP_KILL')],
    [{ add: ['ALL'], drop: ['SYS_ADMIN'] }, ['CAP_BPF', 'CAP_CHOWN'], ['CAP_SYS_ADMIN']],
    [{ add: ['ALL'], drop: ['ALL'] }, [...allCapabilities], []],
    [{ add: ['CHOWN'], drop: ['CHOWN'] }, ['CAP_CHOWN'], []],
  ])('%j', (changes, there, away) => {
    const found = capabilitiesWith(changes)
    expect(found).toEqual(expect.arrayContaining(there))
    for (const name of away) expect(found).not.toContain(name)
    expect(found).toEqual(allCapabilities.filter((name) => found.includes(name)))
  })

  test.each(['NO_SUCH', '', 'CAP_', 'CAP_ALL', 'CHOWN '])('%j is none', (name) => {
    expect(() => capabilitiesWith({ add: [name] })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    expect(() => capabilitiesWith({ drop: [name] })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
