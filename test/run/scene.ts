/**
 * The place of one case, and what is cleared away behind it.
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { describeFailure } from '../harness/command.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { Engine } from './engine.ts'
import { startProgram } from './program.ts'
import type { RunCase, Scene } from './run-case.ts'
import { openTerminal } from './terminal.ts'

/** Plays the case in `directory`, which is made, and removes the containers that it left. */
export async function playCase(each: RunCase, engine: Engine, directory: string): Promise<void> {
  await mkdir(directory)
  const scene = sceneOf(engine, directory)
  try {
    await each.check(scene)
  } finally {
    const left = (await scene.say('ps', '-a', '-q', '--no-trunc')).split('\n').filter(Boolean)
    if (left.length > 0) await scene.say('rm', '-f', ...left)
  }
}

function sceneOf(engine: Engine, directory: string): Scene {
  const type: Scene['type'] = (words, options) => engine.attempt(words, { cwd: directory, timeoutMs, ...options })
  return {
    engine: engine.name,
    get home() {
      if (engine.home === undefined) throw new Error(`${engine.name} has no home`)
      return engine.home
    },
    directory,
    type,
    async say(...words) {
      const result = await type(words)
      if (result.status !== 0 || result.stderr !== '') throw new Error(describeFailure([engine.name, ...words], result))
      return result.stdout
    },
    start: (words, { through = [], ...options } = {}) =>
      startProgram([...through, engine.program, ...words], { env: engine.env, cwd: directory, ...options }),
    atTerminal: (...words) => openTerminal([engine.program, ...words], { env: engine.env, cwd: directory }),
    async until(what, holds) {
      const deadline = performance.now() + timeoutMs
      while (!(await holds())) {
        if (performance.now() > deadline) throw new Error(`not ${what}`)
        await delay(50)
      }
    },
    async fail({ status, says, dockerStatus = status }, ...words) {
      const result = await type(words)
      const { stderr } = result
      assertThat(
        typeof says === 'string' ? stderr.includes(says) : says.test(stderr),
        `it does not say ${says}: ${describeFailure([engine.name, ...words], result)}`,
      )
      assertEqual(result.status, engine.name === 'docker' ? dockerStatus : status, 'the exit status')
      return stderr
    },
  }
}

/** Whatever hangs is ended. */
const timeoutMs = 120_000
