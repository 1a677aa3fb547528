import { expect, test } from '@jest/globals'
import { formatLink, parseLink } from './link.ts'

test.each([
  ['</v2/_catalog?n=1&last=a>; rel="next"', '/v2/_catalog?n=1&last=a'],
  ['<https://host/v2/a/tags/list?last=b>;rel=next', 'https://host/v2/a/tags/list?last=b'],
  ['</a>; rel="prev", </b>; rel="next"', '/b'],
  ['</a,b>; title="x, y"; rel="next"', '/a,b'],
  ['</a>; title="a \\" , <b>"; rel="last next"', '/a'],
  ['</a>; REL="NEXT"', '/a'],
  [['</a>; rel="prev"', '</b>; rel="next"'], '/b'],
  ['<>; rel="next"', ''],
])('the next page of %j is %s', (header, next) => {
  expect(parseLink(header)).toEqual({ next })
})

test.each([
  undefined,
  '',
  '</a>',
  '</a>; rel="prev"',
  '</a; rel="next"',
  '/a; rel="next"',
  '<'.repeat(5000),
  '</a>; xrel=next',
])('%j has no next page', (header) => {
  expect(parseLink(header)).toEqual({})
})

test('what is written is read', () => {
  const url = '/v2/a/tags/list?n=2&last=b'
  expect(formatLink(url)).toBe('</v2/a/tags/list?n=2&last=b>; rel="next"')
  expect(parseLink(formatLink(url))).toEqual({ next: url })
})

test('a URL cannot break out of its brackets', () => {
  expect(formatLink('/a>; rel="x"\r\nSet-Cookie: b')).toBe('</a%3E;%20rel="x"%0D%0ASet-Cookie:%20b>; rel="next"')
})
