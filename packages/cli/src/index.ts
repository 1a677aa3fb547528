/** @module The tsreg command, for programs that run it in their own process. */
export { type ExitName, exitCodes } from './exit-codes.ts'
export type { InputStream, Invocation, OutputStream } from './invocation.ts'
export { run } from './run.ts'
