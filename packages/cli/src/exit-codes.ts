/**
 * Exit codes of the command: stable, one per kind of failure a script would branch on. `docs/exit-codes.md` is this table.
 * @module
 */
import type { BuilderErrorCode } from '@tsreg/builder'
import type { ClientErrorCode } from '@tsreg/client'
import type { ImageErrorCode } from '@tsreg/image'
import type { ErrorCode } from '@tsreg/oci'
import type { StartErrorCode } from '@tsreg/registry'
import type { RuntimeErrorCode } from '@tsreg/runtime'

/** Name of the code, its number, and what it tells. */
export const exitCodes = {
  ok: { code: 0, meaning: 'it happened as asked' },
  failure: { code: 1, meaning: 'it failed in a way that has no code of its own, or one of several items failed' },
  usage: {
    code: 2,
    meaning: 'the command line, a reference, a setting, a configuration file or a Dockerfile is not valid',
  },
  notFound: { code: 3, meaning: 'the image, tag, manifest, blob, repository or file does not exist' },
  unauthorized: { code: 4, meaning: 'the registry wants a login, or refused the one it was given' },
  denied: { code: 5, meaning: 'the registry knows who you are and does not allow it' },
  network: { code: 6, meaning: 'the registry cannot be reached, or the connection broke and did not come back' },
  integrity: { code: 7, meaning: 'content is not what its digest says, or an answer follows no specification' },
  conflict: {
    code: 8,
    meaning: 'it is in the way of something else: in use, ambiguous, changed by another, already there',
  },
  unavailable: { code: 9, meaning: 'not now: too many requests, or the registry is not ready' },
  storage: { code: 10, meaning: 'local storage failed: disk full, not permitted, not ours' },
  container: {
    code: 125,
    meaning: '`run`, `create`, `start`, `exec` and `attach` failed themselves, not the command of the container',
  },
  notExecutable: { code: 126, meaning: 'the command of the container cannot be executed' },
  commandNotFound: { code: 127, meaning: 'the command of the container does not exist' },
  interrupted: { code: 130, meaning: 'stopped by Ctrl-C (SIGINT)' },
  brokenPipe: { code: 141, meaning: 'whoever read the output went away (SIGPIPE)' },
  terminated: { code: 143, meaning: 'stopped by SIGTERM' },
} as const

export type ExitName = keyof typeof exitCodes

/** Codes of errors that the command itself finds, beside the tables of the packages below. */
export type CliErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'REFERENCE_INVALID'
  | 'IMAGE_UNKNOWN'
  | 'FILE_UNKNOWN'
  | 'AMBIGUOUS_ID'
  | 'DIGEST_MISMATCH'
  | 'LOGIN_FAILED'
  | 'PARTIAL'
  | 'IN_USE'
  | 'STORAGE_UNUSABLE'
  | 'INTERNAL'

const ofOciCode = {
  BLOB_UNKNOWN: 'notFound',
  BLOB_UPLOAD_INVALID: 'failure',
  BLOB_UPLOAD_UNKNOWN: 'failure',
  DENIED: 'denied',
  DIGEST_INVALID: 'integrity',
  MANIFEST_BLOB_UNKNOWN: 'notFound',
  MANIFEST_INVALID: 'integrity',
  MANIFEST_UNKNOWN: 'notFound',
  NAME_INVALID: 'usage',
  NAME_UNKNOWN: 'notFound',
  SIZE_INVALID: 'integrity',
  TOOMANYREQUESTS: 'unavailable',
  UNAUTHORIZED: 'unauthorized',
  UNSUPPORTED: 'failure',
  PAGINATION_NUMBER_INVALID: 'usage',
  RANGE_INVALID: 'failure',
  TAG_INVALID: 'usage',
  UNAVAILABLE: 'unavailable',
  UNKNOWN: 'failure',
  ABORTED: 'interrupted',
  CONTENT_CORRUPT: 'integrity',
  MANIFEST_TOO_LARGE: 'failure',
  PRECONDITION_FAILED: 'conflict',
  REFERENCED: 'conflict',
  STORAGE_FULL: 'storage',
} as const satisfies Record<ErrorCode, ExitName>

const ofClientCode = {
  CREDENTIALS: 'unauthorized',
  NETWORK: 'network',
  PROTOCOL: 'integrity',
  REDIRECT: 'network',
  SERVER: 'unavailable',
  TIMEOUT: 'network',
  TLS: 'network',
  TOO_LARGE: 'integrity',
} as const satisfies Record<ClientErrorCode, ExitName>

const ofImageCode = {
  AMBIGUOUS_ID: 'conflict',
  ARCHIVE_INVALID: 'integrity',
  ARCHIVE_UNSUPPORTED: 'failure',
  CHAIN_UNKNOWN: 'notFound',
  FILE_CHANGED: 'conflict',
  IMAGE_UNKNOWN: 'notFound',
  IN_USE: 'conflict',
  LAYER_INVALID: 'integrity',
  LAYER_TOO_LARGE: 'integrity',
  LAYOUT_BUSY: 'conflict',
  LAYOUT_INVALID: 'storage',
  LAYOUT_UNREADABLE: 'storage',
  LAYOUT_UNSUPPORTED: 'storage',
  NAME_RESERVED: 'failure',
  NAME_UNSUPPORTED: 'failure',
  PRIVILEGE_NEEDED: 'storage',
  REFERENCE_NEEDED: 'usage',
  SNAPSHOTS_INVALID: 'storage',
  SNAPSHOT_EXISTS: 'conflict',
  SNAPSHOT_UNKNOWN: 'notFound',
  SOURCE_INVALID: 'usage',
  SYSCALL_UNAVAILABLE: 'failure',
} as const satisfies Record<ImageErrorCode, ExitName>

const ofBuilderCode = {
  ARCHIVE_ESCAPE: 'integrity',
  ARCHIVE_TOO_LARGE: 'integrity',
  COMMAND_FAILED: 'failure',
  CONTEXT_CHANGED: 'conflict',
  CONTEXT_MISSING: 'usage',
  CONTEXT_UNREADABLE: 'usage',
  COPY_FORBIDDEN: 'usage',
  COPY_SOURCE_UNKNOWN: 'notFound',
  DOCKERFILE_INVALID: 'usage',
  DOWNLOAD_FAILED: 'network',
  EXPANSION_INVALID: 'usage',
  FEATURE_UNSUPPORTED: 'failure',
  FLAG_UNKNOWN: 'usage',
  IGNORE_INVALID: 'usage',
  INSTRUCTION_UNKNOWN: 'usage',
  LINK_LOOP: 'failure',
  NOT_A_DIRECTORY: 'conflict',
  OWNER_UNKNOWN: 'notFound',
  PROGRAM_MISSING: 'failure',
  STAGE_UNKNOWN: 'notFound',
} as const satisfies Record<BuilderErrorCode, ExitName>

const ofRuntimeCode = {
  COMMAND_NOT_EXECUTABLE: 'notExecutable',
  COMMAND_NOT_FOUND: 'commandNotFound',
  CONTAINER_AMBIGUOUS: 'conflict',
  CONTAINER_BUSY: 'conflict',
  CONTAINER_DAMAGED: 'storage',
  CONTAINER_NAME_TAKEN: 'conflict',
  CONTAINER_NOT_RUNNING: 'conflict',
  CONTAINER_RUNNING: 'conflict',
  CONTAINER_UNKNOWN: 'notFound',
  MOUNT_INVALID: 'usage',
  OPTION_INVALID: 'usage',
  RUNTIME_FAILED: 'failure',
  RUNTIME_MISSING: 'failure',
  RUNTIME_UNSUPPORTED: 'failure',
  USER_UNKNOWN: 'notFound',
} as const satisfies Record<RuntimeErrorCode, ExitName>

const ofStartCode = {
  CONFIG_INVALID: 'usage',
  IN_USE: 'conflict',
} as const satisfies Record<StartErrorCode, ExitName>

const ofCliCode = {
  USAGE: 'usage',
  CONFIG_INVALID: 'usage',
  REFERENCE_INVALID: 'usage',
  IMAGE_UNKNOWN: 'notFound',
  FILE_UNKNOWN: 'notFound',
  AMBIGUOUS_ID: 'conflict',
  DIGEST_MISMATCH: 'integrity',
  LOGIN_FAILED: 'unauthorized',
  PARTIAL: 'failure',
  IN_USE: 'conflict',
  STORAGE_UNUSABLE: 'storage',
  INTERNAL: 'failure',
} as const satisfies Record<CliErrorCode, ExitName>

/** Every error code that has a row in some table. */
export type KnownErrorCode =
  | ErrorCode
  | ClientErrorCode
  | ImageErrorCode
  | BuilderErrorCode
  | RuntimeErrorCode
  | StartErrorCode
  | CliErrorCode

/** Exit name of every error code that can reach the user. */
export const exitOfErrorCode: Readonly<Record<KnownErrorCode, ExitName>> = {
  ...ofOciCode,
  ...ofClientCode,
  ...ofImageCode,
  ...ofBuilderCode,
  ...ofRuntimeCode,
  ...ofStartCode,
  ...ofCliCode,
}

/** The number for an error code; 1 for one that is not in the table. */
export function exitCodeOf(errorCode: string): number {
  const name = (exitOfErrorCode as Readonly<Record<string, ExitName>>)[errorCode]
  return exitCodes[name ?? 'failure'].code
}
