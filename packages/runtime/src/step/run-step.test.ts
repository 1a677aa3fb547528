import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { claim } from '../claims/claim.ts'
import { cgroupMountPoints } from '../containers/cgroups.ts'
import { sweep } from '../containers/sweep.ts'
import { workerRole } from '../containers/workers.ts'
import { missingForContainers } from '../testing/root.ts'
import { openStage, type Stage } from '../testing/stage.ts'

const missing = missingForContainers()
if (missing !== undefined) console.warn(`left out, for they need ${missing}: commands of build steps`)
const testRoot = missing === undefined ? test : () => {}
const eachRoot = missing === undefined ? test.each : () => () => {}

let stage: Stage
if (missing === undefined) {
  beforeEach(async () => {
    stage = await openStage()
  })
  afterEach(async () => {
    await stage[Symbol.asyncDispose]()
  })
}

/** Waits for the file, which the step makes when it has come so far. */
async function untilThere(path: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; !existsSync(path); await sleep(10)) {
    if (performance.now() > deadline) throw new Error(`${path} does not come`)
  }
}

/** Command lines of the processes that have the word. */
function commandsWith(word: string): readonly { readonly pid: number; readonly words: readonly string[] }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
      return words.includes(word) ? [{ pid: Number(pid), words }] : []
    } catch {
      return []
    }
  })
}

function cgroupsOf(id: string): readonly string[] {
  const hierarchies = readdirSync('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))
  return [...hierarchies, '/sys/fs/cgroup'].map((path) => join(path, `tsreg-${id}`)).filter((path) => existsSync(path))
}

async function expectNothingLeft(id: string, word: string): Promise<void> {
  expect(existsSync(join(stage.context.directory, id))).toBe(false)
  expect(existsSync(join(stage.context.directory, 'runc', id))).toBe(false)
  expect(cgroupsOf(id)).toEqual([])
  // What has been killed needs a moment to be gone.
  const processes = () => [...commandsWith(word), ...commandsWith(id)]
  for (const deadline = performance.now() + 30_000; processes().length > 0; await sleep(10)) {
    if (performance.now() > deadline) expect(processes()).toEqual([])
  }
}

// The only step of a stage.
const idOf = () => readdirSync(join(stage.directory, 'steps'))[0] ?? ''

describe('a step', () => {
  testRoot('ends with the status of its command, and says what that says, on both streams', async () => {
    const ended = await stage.step('echo out; echo complaint >&2; exit 3')
    expect(ended).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'complaint\n' })
    expect(await stage.step("sh -c 'kill -9 $$'; exit $?")).toMatchObject({ exitCode: 137 })
    await expectNothingLeft(idOf(), 'exit 3')
  })

  testRoot('runs with its own environment, user, directory and host name, and without input', async () => {
    const { stdout } = await stage.step('id -u; id -g; pwd; hostname; echo "$A $HOME"; cat | wc -c', {
      process: {
        args: ['/bin/sh', '-c', 'id -u; id -g; pwd; hostname; echo "$A $HOME"; cat | wc -c'],
        env: ['A=b'],
        user: 'web',
        cwd: '/srv/new',
      },
      hostname: 'builder',
    })
    expect(stdout).toBe('33\n34\n/srv/new\nbuilder\nb /var/www\n0\n')
  })

  testRoot('changes its writable layer and nothing below it', async () => {
    await stage.step('echo made >/made; rm /etc/group')
    const upper = join(stage.directory, 'steps', idOf(), 'upper')
    expect(readFileSync(join(upper, 'made'), 'utf8')).toBe('made\n')
    expect(existsSync(join(stage.root, 'etc/group'))).toBe(true)
    expect(existsSync(join(stage.root, 'made'))).toBe(false)
  })

  eachRoot([
    [['no-such-program'], 'COMMAND_NOT_FOUND'],
    [['/no/such/program'], 'COMMAND_NOT_FOUND'],
    [['/etc/passwd'], 'COMMAND_NOT_EXECUTABLE'],
  ])('%j is told as an error, not as a status', async (args, code) => {
    await expect(stage.step('', { process: { args, env: [] } })).rejects.toMatchObject({ code })
    await expectNothingLeft(idOf(), args[0] ?? '')
  })

  testRoot('an aborted step leaves none of its processes, and nothing else', async () => {
    const abort = new AbortController()
    const script = 'trap "" TERM; sleep 4321 & (setsid sleep 4321 &) ; echo >/begun; wait'
    const running = stage.step(script, { signal: abort.signal })
    await untilThere(join(stage.directory, 'steps', await firstStep(), 'upper/begun'))
    abort.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    await expectNothingLeft(idOf(), '4321')
  })

  testRoot('an abort before the command runs leaves nothing either', async () => {
    for (const delayMs of [0, 20, 60, 120]) {
      const abort = new AbortController()
      const running = stage.step('sleep 4322', { signal: abort.signal })
      setTimeout(() => abort.abort(new Error('early')), delayMs)
      await expect(running).rejects.toThrow('early')
    }
    for (const id of readdirSync(join(stage.directory, 'steps'))) await expectNothingLeft(id, '4322')
  })

  testRoot('"kill -9" of its guard fails the step, and leaves nothing', async () => {
    const running = stage.step('sleep 4323 & echo >/begun; wait')
    const id = await firstStep()
    await untilThere(join(stage.directory, 'steps', id, 'upper/begun'))
    const guards = commandsWith(id).filter(
      ({ words }) => workerRole(words, id) === 'maker' && words.includes('tsreg-guard'),
    )
    for (const { pid } of guards) process.kill(pid, 'SIGKILL')
    await expect(running).rejects.toMatchObject({ code: 'RUNTIME_FAILED' })
    expect(guards.length).toBeGreaterThan(0)
    await expectNothingLeft(id, '4323')
  })

  testRoot('"kill -9" of runc fails the step, and leaves nothing', async () => {
    const running = stage.step('sleep 4324 & echo >/begun; wait')
    const id = await firstStep()
    await untilThere(join(stage.directory, 'steps', id, 'upper/begun'))
    for (const { pid, words } of commandsWith(id)) if (words[0]?.endsWith('runc')) process.kill(pid, 'SIGKILL')
    expect((await running).exitCode).toBeGreaterThan(0)
    await expectNothingLeft(id, '4324')
  })

  testRoot('a cgroup that runc made before it was killed is removed', async () => {
    const [hierarchy] = cgroupMountPoints(readFileSync('/proc/self/mountinfo', 'utf8'))
    const directory = join(stage.directory, 'programs')
    mkdirSync(directory)
    const script = `#!/bin/sh\nfor id; do :; done\nmkdir ${hierarchy}/tsreg-$id; exit 9\n`
    writeFileSync(join(directory, 'runc'), script, { mode: 0o755 })
    const searchPath = process.env.PATH
    process.env.PATH = `${directory}:${searchPath}`
    try {
      expect(await stage.step('true')).toMatchObject({ exitCode: 9 })
    } finally {
      process.env.PATH = searchPath
    }
    await expectNothingLeft(idOf(), '4325')
  })

  testRoot('a cgroup that is all there is left of a killed step is swept', async () => {
    const [hierarchy] = cgroupMountPoints(readFileSync('/proc/self/mountinfo', 'utf8'))
    const id = createHash('sha256').update(stage.directory).digest('hex')
    mkdirSync(`${hierarchy}/tsreg-${id}`)
    const held = await claim(stage.context.directory, id)
    held.leave()
    expect(await sweep(stage.context)).toEqual({ removed: [id], failed: [] })
    await expectNothingLeft(id, '4326')
  })

  testRoot('what it is shown is there, and read-only where it is to be', async () => {
    writeFileSync(join(stage.directory, 'shown'), 'of the machine')
    const mounts = [
      { source: join(stage.directory, 'shown'), destination: '/run/shown', readOnly: true },
      { destination: '/scratch' },
    ]
    const { stdout } = await stage.step(
      'cat /run/shown; echo x >/run/shown || echo " fast"; echo y >/scratch/z && echo free',
      { mounts },
    )
    expect(stdout).toBe('of the machine fast\nfree\n')
    expect(readFileSync(join(stage.directory, 'shown'), 'utf8')).toBe('of the machine')
  })
})

async function firstStep(): Promise<string> {
  await untilThere(join(stage.directory, 'steps'))
  return idOf()
}
