/**
 * The rights that endpoints ask for.
 * @module
 */
import type { Access } from '@tsreg/oci/distribution'
import type { Exchange } from '../exchange.ts'
import { nameOf } from './parameters.ts'

const pull = ['pull'] as const
const push = ['pull', 'push'] as const
const remove = ['delete'] as const

export function toPull(exchange: Exchange): readonly Access[] {
  return [{ type: 'repository', name: nameOf(exchange), actions: pull }]
}

export function toPush(exchange: Exchange): readonly Access[] {
  return [{ type: 'repository', name: nameOf(exchange), actions: push }]
}

export function toDelete(exchange: Exchange): readonly Access[] {
  return [{ type: 'repository', name: nameOf(exchange), actions: remove }]
}
