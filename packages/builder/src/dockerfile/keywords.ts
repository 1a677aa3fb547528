/**
 * The words that begin an instruction.
 * @module
 */

/** In lower case: a Dockerfile may write them either way. */
export const keywords = [
  'add',
  'arg',
  'cmd',
  'copy',
  'entrypoint',
  'env',
  'expose',
  'from',
  'healthcheck',
  'label',
  'maintainer',
  'onbuild',
  'run',
  'shell',
  'stopsignal',
  'user',
  'volume',
  'workdir',
] as const

export type Keyword = (typeof keywords)[number]

export function isKeyword(word: string): word is Keyword {
  return (keywords as readonly string[]).includes(word)
}
