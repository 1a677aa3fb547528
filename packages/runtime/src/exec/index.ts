/** @module Further commands in running containers. */
export { type ExecOptions, execInContainer, type StartedExec } from './exec.ts'
