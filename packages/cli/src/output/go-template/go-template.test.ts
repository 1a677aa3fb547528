import { describe, expect, test } from '@jest/globals'
import { evaluateTemplate, parseTemplate } from './index.ts'

const container = {
  Name: '/web',
  State: { Running: true, ExitCode: 0, Error: '' },
  Mounts: [
    { Source: '/a', RW: true },
    { Source: '/b', RW: false },
  ],
  Config: { Labels: { b: '2', a: '1' }, Env: ['A=1', 'B=2'], Cmd: null },
  Nothing: [],
}

function print(template: string): string {
  return evaluateTemplate(parseTemplate(template), container)
}

describe('a template', () => {
  test.each([
    ['{{range .Mounts}}{{.Source}} {{end}}', '/a /b '],
    ['{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}};{{end}}', '0=/a;1=/b;'],
    ['{{range $m := .Mounts}}{{$m.Source}}{{$.Name}} {{end}}', '/a/web /b/web '],
    ['{{range $name, $value := .Config.Labels}}{{$name}}={{$value}} {{end}}', 'a=1 b=2 '],
    ['{{range .Nothing}}x{{else}}none{{end}}', 'none'],
    ['{{range .Config.Cmd}}x{{else}}none{{end}}', 'none'],
    ['{{range .Mounts}}{{if .RW}}{{.Source}}{{end}}{{end}}', '/a'],
    ['{{if .State.Running}}up{{else}}down{{end}}', 'up'],
    ['{{if .State.Error}}bad{{else if .State.ExitCode}}odd{{else}}good{{end}}', 'good'],
    ['{{if eq .State.ExitCode 0}}good{{end}}', 'good'],
    ['{{if and .State.Running (not .State.Error)}}well{{end}}', 'well'],
    ['{{if or .State.Error .Nothing}}x{{else}}neither{{end}}', 'neither'],
    ['{{with .Config}}{{index .Env 1}}{{end}}', 'B=2'],
    ['{{with .Config.Cmd}}x{{else}}none{{end}}', 'none'],
    ['{{index .Config.Labels "a"}}{{index .Config.Labels "missing"}}', '1'],
    ['{{(index .Mounts 1).Source}}', '/b'],
    ['{{index .Mounts 0 "Source"}}', '/a'],
    ['{{len .Mounts}} {{len .Name}} {{.Mounts | len}}', '2 4 2'],
    ['{{.Config.Env | json | printf "%q"}}', '"[\\"A=1\\",\\"B=2\\"]"'],
    ['{{printf "%-6s|%3d|%v|%t|%%" .Name 7 .State.ExitCode .State.Running}}', '/web  |  7|0|true|%'],
    ['{{println .Name}}', '/web\n'],
    [
      '{{title "web site"}} {{split "a,b" "," | json}} [{{pad "x" 1 2}}] {{truncate "abcdef" 3}}',
      'Web Site ["a","b"] [ x  ] abc',
    ],
    ['{{$x := 1}}{{if .State.Running}}{{$x = 2}}{{end}}{{$x}}', '2'],
    ['{{$x := 1}}{{if .State.Running}}{{$x := 2}}{{end}}{{$x}}', '1'],
    ['{{if lt 1 2}}a{{end}}{{if ge "b" "a"}}b{{end}}{{if ne 1 2}}c{{end}}{{if eq 1 3 1}}d{{end}}', 'abcd'],
    ['a {{- .Name -}} b{{/* a comment */}}{{"}}"}}{{`raw`}}', 'a/webb}}raw'],
    ['{{true}} {{nil}} {{1.5}} {{-2}}', 'true <no value> 1.5 -2'],
  ])('%s prints %j', (template, text) => {
    expect(print(template)).toBe(text)
  })

  test.each([
    ['{{range .Mounts}}x', '{{range .Mounts}} without its {{end}}'],
    ['{{if .Name}}x{{else}}y', '{{if .Name}} without its {{end}}'],
    ['x{{end}}', '{{end}}, which is not supported'],
    ['{{if .Name}}{{else}}{{else}}{{end}}', '{{else}}, which is not supported'],
    ['{{frobnicate .Name}}', '{{frobnicate .Name}}, which is not supported'],
    ['{{.Name .Name}}', '{{.Name .Name}}, which is not supported'],
    ['{{}}', '{{}}, which is not supported'],
    ['{{(.Name}}', '{{(.Name}}, which is not supported'],
    ['{{.Name | }}', '{{.Name | }}, which is not supported'],
    ['{{.Name', '{{.Name without its }}'],
    ['{{.Name ! }}', '{{.Name ! }}, which is not supported'],
  ])('%s cannot be understood', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(message)
  })

  test.each([
    ['{{$x}}', 'the variable $x and does not set it before'],
    ['{{range .Mounts}}{{.Target}}{{end}}', 'names .Target, and there is no field Target; fields: Source, RW'],
    ['{{(index .Mounts 0).Target}}', 'names (...).Target, and there is no field Target; fields: Source, RW'],
    ['{{index .Mounts 2}}', 'element 2 of a list of 2'],
    ['{{len .State.ExitCode}}', 'the length of 0'],
    ['{{range .Name}}{{end}}', 'ranges over /web'],
    ['{{lt 1 "a"}}', 'compares 1 with a'],
    ['{{.Name | .Name}}', 'what is no function'],
  ])('%s cannot be printed', (template, message) => {
    expect(() => print(template)).toThrow(message)
  })
})
