import { describe, expect, test } from '@jest/globals'
import { settingNames } from '@tsreg/registry/config'
import { Command } from 'commander'
import { addServeFlags, serveFlags, typedFlags } from './serve-flags.ts'

function parse(...words: string[]) {
  const command = addServeFlags(new Command('serve'))
  command.parse(words, { from: 'user' })
  return typedFlags(command)
}

describe('the flags of serve', () => {
  test('every setting of the registry has one, and there is none besides', () => {
    expect(serveFlags.map(({ setting }) => setting).sort()).toEqual([...settingNames].sort())
  })

  test('only what was typed counts as given', () => {
    expect(parse()).toEqual({})
    expect(parse('--listen', ':0', '--no-access-log', '--anonymous-pull', '--max-page-size', '5')).toEqual({
      listen: ':0',
      accessLog: false,
      anonymousPull: true,
      maxPageSize: '5',
    })
  })
})
