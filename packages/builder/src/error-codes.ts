/**
 * What goes wrong with a build: one row per code with what it means and what to do about it. What fails in an image, a
 * registry or a container keeps the codes of the packages below.
 * @module
 */

/** What a code means, and what the person at the keyboard can do. */
export interface BuilderErrorRow {
  readonly message: string
  readonly advice: string
}

export const builderErrorCodes = {
  DOCKERFILE_INVALID: {
    message: 'the Dockerfile cannot be understood',
    advice: 'correct the line that is named',
  },
  EXPANSION_INVALID: {
    message: 'a variable in the Dockerfile cannot be replaced',
    advice: 'correct the line that is named; a dollar sign that is meant as such is written after a backslash',
  },
  FEATURE_UNSUPPORTED: {
    message: 'the Dockerfile uses a feature that tsreg does not have yet',
    advice: 'leave it out, or do the same with the instructions that are there',
  },
  FLAG_UNKNOWN: {
    message: 'the instruction has no such flag',
    advice: 'correct the flag, or remove it',
  },
  INSTRUCTION_UNKNOWN: {
    message: 'there is no such instruction',
    advice:
      'correct the first word of the line; a line that continues another needs a backslash at the end of that one',
  },
} as const satisfies Record<string, BuilderErrorRow>

/** The closed set of `BuilderError` codes. */
export type BuilderErrorCode = keyof typeof builderErrorCodes
