/**
 * The flags that each instruction has, those included that cannot be obeyed yet.
 * @module
 */
import type { Keyword } from '../keywords.ts'

export interface FlagRule {
  readonly takes: 'text' | 'boolean'
  /** It may stand there several times. */
  readonly isList?: boolean
  /** Not built yet: any other value than this one is refused; without one, the flag itself. */
  readonly only?: { readonly value?: string }
}

const text: FlagRule = { takes: 'text' }
const notYet: FlagRule = { takes: 'text', only: {} }
const notYetList: FlagRule = { ...notYet, isList: true }
const onlyFalse: FlagRule = { takes: 'boolean', only: { value: 'false' } }

const none: Readonly<Record<string, FlagRule>> = {}

export const flagRules: Readonly<Record<Keyword, Readonly<Record<string, FlagRule>>>> = {
  add: {
    chown: text,
    chmod: text,
    checksum: notYet,
    exclude: notYetList,
    'keep-git-dir': onlyFalse,
    link: onlyFalse,
    unpack: { takes: 'boolean', only: {} },
  },
  arg: none,
  cmd: none,
  copy: { from: text, chown: text, chmod: text, exclude: notYetList, link: onlyFalse, parents: onlyFalse },
  entrypoint: none,
  env: none,
  expose: none,
  from: { platform: text },
  healthcheck: { interval: text, timeout: text, 'start-period': text, 'start-interval': text, retries: text },
  label: none,
  maintainer: none,
  onbuild: none,
  run: {
    device: notYetList,
    mount: notYetList,
    network: { takes: 'text', only: { value: 'default' } },
    security: { takes: 'text', only: { value: 'sandbox' } },
  },
  shell: none,
  stopsignal: none,
  user: none,
  volume: none,
  workdir: none,
}
