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
  ARCHIVE_ESCAPE: {
    message: 'an archive that ADD unpacks has an entry outside of itself',
    advice: 'do not trust the archive; use COPY to take it along as a file',
  },
  ARCHIVE_TOO_LARGE: {
    message: 'an archive that ADD unpacks asks for more than archives do',
    advice: 'do not trust the archive; use COPY to take it along as a file, or unpack it yourself',
  },
  COMMAND_FAILED: {
    message: 'a command of RUN failed',
    advice: 'read what it printed; the image before it can be run',
  },
  CONTEXT_CHANGED: {
    message: 'a file of the build context was changed while the build read it',
    advice: 'build again when nothing writes there any more, or let .dockerignore leave the file out',
  },
  CONTEXT_MISSING: {
    message: 'there is no build context',
    advice: 'name the directory of the build context instead of -',
  },
  CONTEXT_UNREADABLE: {
    message: 'the build context cannot be read',
    advice: 'check that it is a directory, and its owner and permissions',
  },
  COPY_FORBIDDEN: {
    message: 'a source of COPY or ADD leads out of where it may be taken from',
    advice: 'move the file into the build context, or name a directory above both as the context',
  },
  COPY_SOURCE_UNKNOWN: {
    message: 'a source of COPY or ADD does not exist',
    advice: 'check the name, and what .dockerignore leaves out',
  },
  DOCKERFILE_INVALID: {
    message: 'the Dockerfile cannot be understood',
    advice: 'correct the line that is named',
  },
  DOWNLOAD_FAILED: {
    message: 'what ADD names by its URL cannot be downloaded',
    advice: 'check the URL and the network',
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
  IGNORE_INVALID: {
    message: 'the ignore file of the build cannot be used',
    advice: 'correct the line that is named',
  },
  INSTRUCTION_UNKNOWN: {
    message: 'there is no such instruction',
    advice:
      'correct the first word of the line; a line that continues another needs a backslash at the end of that one',
  },
  LINK_LOOP: {
    message: 'a path leads through too many links',
    advice: 'check the links of the path for a circle',
  },
  NOT_A_DIRECTORY: {
    message: 'something else is where a directory is needed',
    advice: 'choose another destination, or remove what is there first',
  },
  OWNER_UNKNOWN: {
    message: 'the image has no such user or group',
    advice: 'add the user in an earlier step, or give numbers',
  },
  PROGRAM_MISSING: {
    message: 'a program that the build needs is not installed',
    advice: 'install the program',
  },
  STAGE_UNKNOWN: {
    message: 'there is no such stage',
    advice: 'name a stage that comes before, by its name or number',
  },
} as const satisfies Record<string, BuilderErrorRow>

/** The closed set of `BuilderError` codes. */
export type BuilderErrorCode = keyof typeof builderErrorCodes
