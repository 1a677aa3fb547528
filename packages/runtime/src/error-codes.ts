/**
 * What goes wrong with containers: one row per code with what it means and what to do about it.
 * @module
 */

/** What a code means, and what the person at the keyboard can do. */
export interface RuntimeErrorRow {
  readonly message: string
  readonly advice: string
}

export const runtimeErrorCodes = {
  COMMAND_NOT_EXECUTABLE: {
    message: 'the command of the container cannot be executed',
    advice: 'check that it is a program for this platform, and its permissions in the image',
  },
  COMMAND_NOT_FOUND: {
    message: 'the command of the container is not there',
    advice: 'check its spelling, and that it lies along PATH in the image',
  },
  CONTAINER_AMBIGUOUS: {
    message: 'the ID prefix fits several containers',
    advice: 'give more digits of the ID, or the name of the container',
  },
  CONTAINER_BUSY: {
    message: 'the container is being changed by another process',
    advice: 'try again when the other process has finished',
  },
  CONTAINER_DAMAGED: {
    message: 'what is kept of the container cannot be read',
    advice: 'remove the container by force',
  },
  CONTAINER_NAME_TAKEN: {
    message: 'the name belongs to another container',
    advice: 'choose another name, or remove or rename the container that has it',
  },
  CONTAINER_NOT_RUNNING: {
    message: 'the container is not running',
    advice: 'see the states of all containers with "ps -a"',
  },
  CONTAINER_RUNNING: {
    message: 'the container is running',
    advice: 'stop it first, or use force',
  },
  CONTAINER_UNKNOWN: {
    message: 'no such container',
    advice: 'see the list of all containers with "ps -a"',
  },
  MOUNT_INVALID: {
    message: 'something cannot be mounted into the container',
    advice: 'check both paths',
  },
  OPTION_INVALID: {
    message: 'an option of the container is not valid',
    advice: 'see the help of the verb',
  },
  RUNTIME_FAILED: {
    message: 'the OCI runtime failed',
    advice: 'the message is that of the runtime',
  },
  RUNTIME_MISSING: {
    message: 'a program that containers need is not installed',
    advice: 'install runc and conmon',
  },
  RUNTIME_UNSUPPORTED: {
    message: 'containers cannot run here',
    advice: 'containers need Linux, root and the Node that tsreg brings along',
  },
  USER_UNKNOWN: {
    message: 'the user or group is not in the container',
    advice: 'name a user of the image, or give numbers',
  },
} as const satisfies Record<string, RuntimeErrorRow>

/** The closed set of `RuntimeError` codes. */
export type RuntimeErrorCode = keyof typeof runtimeErrorCodes
