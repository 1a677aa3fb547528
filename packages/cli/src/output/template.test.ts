import { describe, expect, test } from '@jest/globals'
import { compileTemplate, formatRows } from './template.ts'

const image = { Repository: 'debian', Tag: '13', Config: { Env: ['A=1', 'B=2'] }, Parent: undefined }

describe('compileTemplate', () => {
  test.each([
    ['{{.Repository}}:{{.Tag}}', 'debian:13'],
    ['{{ .Repository }}\\t{{upper .Repository}}', 'debian\tDEBIAN'],
    ['{{json .Config.Env}}', '["A=1","B=2"]'],
    ['{{join .Config.Env ","}}', 'A=1,B=2'],
    ['{{.Config}}', '{"Env":["A=1","B=2"]}'],
    ['{{.Parent}}', '<no value>'],
    ['no action', 'no action'],
    ['{{json .}}', JSON.stringify(image)],
  ])('%s prints %s', (template, text) => {
    expect(compileTemplate(template)(image)).toBe(text)
  })

  test('an action that is not supported is named, with those that are', () => {
    expect(() => compileTemplate('x{{template "other"}}x')).toThrow('{{template "other"}}')
  })

  test('a field that does not exist is an error that lists those that do', () => {
    expect(() => compileTemplate('{{.Repo}}')(image)).toThrow('no field Repo; fields: Repository, Tag, Config, Parent')
  })
})

describe('formatRows', () => {
  const rows = [
    { ID: 'abc', CreatedBy: 'RUN x' },
    { ID: 'def', CreatedBy: 'CMD y' },
  ]

  test.each([
    ['{{.ID}}', 'abc\ndef\n'],
    ['json', '{"ID":"abc","CreatedBy":"RUN x"}\n{"ID":"def","CreatedBy":"CMD y"}\n'],
    ['table {{.ID}}\\t{{.CreatedBy}}', 'IMAGE ID   CREATED BY\nabc        RUN x\ndef        CMD y\n'],
    ['table <{{.ID}}>', '<IMAGE ID>\n<abc>\n<def>\n'],
  ])('%s prints %j', (template, text) => {
    expect(formatRows(template, rows)).toBe(text)
  })
})
