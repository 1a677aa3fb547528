#!/usr/bin/env node
/**
 * The process around a run: standard streams, signals, exit code.
 * @module
 */
import { constants } from 'node:os'
import { exitCodes } from './exit-codes.ts'
import { Interruption } from './invocation.ts'
import { run } from './run.ts'

const controller = new AbortController()

for (const signalName of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signalName, () => {
    // The first signal asks, the second one insists.
    if (controller.signal.aborted) process.exit(128 + constants.signals[signalName])
    controller.abort(new Interruption(signalName))
  })
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `tsreg images | head -1`: nobody reads any more, and nobody wants to hear about it.
    process.exit(error.code === 'EPIPE' ? exitCodes.brokenPipe.code : exitCodes.failure.code)
  })
}

const { env, stdin, stdout, stderr } = process
const code = await run(process.argv.slice(2), { env, stdin, stdout, stderr, signal: controller.signal })
// Kept-alive connections would hold the process for seconds after its work is done.
process.exit(code)
