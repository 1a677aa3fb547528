/**
 * What keeps the registry from starting: a wrong setting, an address in use, a file that cannot be read.
 * @module
 */

/** `CONFIG_INVALID`: a setting is wrong or unknown, or names what cannot be had. `IN_USE`: another process has the address. */
export type StartErrorCode = 'CONFIG_INVALID' | 'IN_USE'

/** The message says what to do about it. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code: StartErrorCode
  /** The setting concerned, where it is one. */
  readonly setting: string | undefined

  constructor(
    code: StartErrorCode,
    message: string,
    options: { readonly setting?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.setting = options.setting
  }
}
