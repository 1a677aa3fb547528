/**
 * How a word is expanded.
 * @module
 */
import type { SourcePlace } from '../../errors.ts'
import type { EscapeToken } from '../ast.ts'

/** Values by name; a `Map` is one. Undefined for a variable that is not set. */
export interface Environment {
  get(name: string): string | undefined
}

export interface ExpandOptions {
  /** @default the backslash */
  readonly escape?: EscapeToken
  /**
   * `remove`: as a shell does. `keep`: they have their meaning and stay. `plain`: they are characters like others, as in
   * a heredoc.
   * @default `remove`
   */
  readonly quotes?: 'remove' | 'keep' | 'plain'
  /** What becomes of escape tokens. @default `remove` */
  readonly escapes?: 'remove' | 'keep'
  /** What becomes of variables that are not set. @default `empty` */
  readonly unset?: 'empty' | 'keep'
  /** Where the word stands, for messages. */
  readonly place?: SourcePlace | undefined
}
