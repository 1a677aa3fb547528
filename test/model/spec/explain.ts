/**
 * A trace in words, one line for each step.
 * @module
 */
import { delivery, initial, type State, successor, tick, variant } from './engine.ts'
import type { Config } from './scenes.ts'
import { type Body, isCurrent, type Operation } from './store.ts'

export function explain(config: Config, trace: readonly number[]): string {
  let state = initial(config)
  const lines: string[] = []
  for (const code of trace) {
    const after = successor(config, state, code)
    lines.push(`${String(lines.length + 1).padStart(3)}  ${describe(config, state, after, code)}`)
    state = after
  }
  return lines.join('\n')
}

function describe(config: Config, before: State, after: State, code: number): string {
  if (code === tick) return 'clock tick'
  const { operation } = after
  if (code >= delivery) {
    if (operation?.type !== 'put') throw new Error('only writes are delivered late')
    const took = after.store !== before.store ? 'takes place' : 'fails'
    return `a delayed PUT ${operation.key} ${textOf(operation.body)} ${took}`
  }
  const index = code >> 3
  const how = code & 7
  const role = config.processes[index]
  const process = before.processes[index]
  const what = role?.x ? `(${role.x},${role.d})` : role?.m ? `(${role.m})` : ''
  const who = `${index}:${role?.kind}${what} ${process?.at}`
  if (how === variant.die) return `${who}: dies`
  if (how === variant.crashAndRetry) return `${who}: crashes, its client tries again`
  const isResolving = process?.unknown != null
  const at = after.processes[index]?.at ?? ''
  const end = at.startsWith('done:') ? `   => ${at.slice('done:'.length)}` : ''
  const resolving = isResolving ? ' (looks for its nonce)' : ''
  return `${who}${resolving}: ${operation === null ? '' : operationText(operation, before, how)}${end}`
}

function operationText(operation: Operation, before: State, how: number): string {
  switch (operation.type) {
    case 'list':
      return `LIST ${operation.prefix}${operation.only ?? ''}`
    case 'get': {
      const cell = before.store[operation.key]
      return `GET ${operation.key} -> ${cell === undefined ? 'absent' : textOf(cell.body)}`
    }
    case 'delete':
      return `DELETE ${operation.key}`
    case 'put': {
      const { key, body, condition } = operation
      const kind = condition === undefined ? 'PUT' : condition.version === 0 ? 'CREATE' : 'SWAP'
      const holds = condition === undefined || isCurrent(before.store, condition)
      const outcome = how === variant.delay ? 'no reply, still on its way' : holds ? 'ok' : '412'
      return `${kind} ${key} ${textOf(body)} -> ${outcome}${how === variant.loseReply ? ' (reply lost)' : how === variant.twice ? ' (and perhaps again)' : ''}`
    }
  }
}

function textOf(body: Body): string {
  const fields = Object.entries(body).flatMap(([name, value]) => {
    if (value === null || value === undefined) return []
    return `${name}:${typeof value === 'object' ? `version ${value.version}` : value}`
  })
  return `{${fields.join(' ')}}`
}
