/**
 * For tests: containers and steps on a root file system of busybox, which tests spoil as they like.
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { digestOf } from '@tsreg/oci'
import { tempDir } from '@tsreg/testkit'
import { clearAway } from '../containers/clear-away.ts'
import { type CreateOptions, createContainer } from '../containers/create.ts'
import type { RuntimeContext } from '../containers/runtime-context.ts'
import { startContainer } from '../containers/start.ts'
import { waitForEnd } from '../containers/wait.ts'
import { runStep } from '../step/run-step.ts'
import type { StepOptions } from '../step/step.ts'
import { fakeSnapshotter } from './fake-snapshotter.ts'
import { makeRoot, makeSnapshot } from './root.ts'

export interface Ended {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Stage extends AsyncDisposable {
  /** Below it is everything that the test makes. */
  readonly directory: string
  /** The root file system below every container and step. */
  readonly root: string
  readonly context: RuntimeContext
  /** Runs `sh -c script` in a container, to its end, and removes it. */
  run(script: string, options?: Partial<Omit<CreateOptions, 'image'>>): Promise<Ended>
  /** Runs `sh -c script` as a step. */
  step(script: string, options?: Partial<Omit<StepOptions, 'directory' | 'snapshot'>>): Promise<Ended>
}

/** Needs what `missingForContainers` looks for. */
export async function openStage(): Promise<Stage> {
  const directory = await tempDir()
  const root = directory.join('root')
  makeRoot(root)
  const context: RuntimeContext = {
    directory: directory.join('containers'),
    snapshotter: fakeSnapshotter(directory.join('snapshots'), root),
    reaper: ['/bin/true'],
  }
  mkdirSync(context.directory)
  let steps = 0
  return {
    directory: directory.path,
    root,
    context,
    run: (script, options = {}) => runContainer(context, { command: ['sh', '-c', script], ...options }),
    async step(script, options = {}) {
      const key = createHash('sha256').update(`${directory.path} ${steps++}`).digest('hex')
      const snapshot = makeSnapshot(directory.join('steps'), key, root)
      const [stdout, stderr] = [new PassThrough(), new PassThrough()]
      const [said, complained] = [text(stdout), text(stderr)]
      try {
        const process = { args: ['/bin/sh', '-c', script], env: [], ...options.process }
        const given = { stdout, stderr, ...options, process }
        const { exitCode } = await runStep({ ...given, directory: context.directory, snapshot })
        for (const stream of [stdout, stderr]) stream.end()
        return { exitCode, stdout: await said, stderr: await complained }
      } finally {
        for (const stream of [stdout, stderr]) stream.end()
      }
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}

async function runContainer(context: RuntimeContext, options: Omit<CreateOptions, 'image'>): Promise<Ended> {
  const image = { id: digestOf('no image'), name: 'test', config: undefined, parent: undefined }
  const { record, claim } = await createContainer(context, { ...options, image })
  try {
    const { attachment } = await startContainer(context, record, { attach: true })
    const said = { stdout: '', stderr: '' }
    for await (const { stream, bytes } of attachment?.packets() ?? []) said[stream] += Buffer.from(bytes).toString()
    const state = await waitForEnd(join(context.directory, record.id))
    return { exitCode: state?.exitCode, ...said }
  } finally {
    await clearAway(context, record.id)
    claim.keep()
  }
}
