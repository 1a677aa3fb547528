/**
 * Variables in an instruction: which fields they may stand in, and what comes out.
 * @module
 */
import type { SourcePlace } from '../errors.ts'
import type { EscapeToken } from './ast.ts'
import { expandWord, expandWords } from './expansion/expand.ts'
import type { Environment, ExpandOptions } from './expansion/options.ts'
import type { FromInstruction, InlineFile, Instruction, NameValue } from './instruction.ts'
import { refuseGit } from './instructions/copy.ts'
import { invalid, placeOf } from './place.ts'

export interface ExpandInstructionOptions {
  /** That of the Dockerfile. @default the backslash */
  readonly escape?: EscapeToken | undefined
  /** For messages. @default `Dockerfile` */
  readonly fileName?: string | undefined
}

/**
 * The instruction with its variables replaced and its quotes removed. All of it sees the environment as it is before the
 * instruction. CMD, ENTRYPOINT, HEALTHCHECK, MAINTAINER, ONBUILD, RUN and SHELL come back as they are.
 * @throws EXPANSION_INVALID, DOCKERFILE_INVALID for a name that becomes empty, FEATURE_UNSUPPORTED for ADD of a git repository
 */
export function expandInstruction<Of extends FromInstruction | Instruction>(
  instruction: Of,
  environment: Environment,
  { escape: escapeToken = '\\', fileName = 'Dockerfile' }: ExpandInstructionOptions = {},
): Of {
  const place = placeOf(fileName, instruction)
  const options = { escape: escapeToken, place } as const
  return { ...instruction, ...expandedFields(instruction, new Expander(environment, options, place)) }
}

function expandedFields(
  instruction: FromInstruction | Instruction,
  expander: Expander,
): Partial<Instruction | FromInstruction> {
  switch (instruction.kind) {
    case 'ADD': {
      const fields = expander.copy(instruction)
      refuseGit(fields.sources, expander.place)
      return fields
    }
    case 'COPY':
      return expander.copy(instruction)
    case 'ARG':
      return {
        args: instruction.args.map(({ name, value }) => ({
          name: expander.name(name, 'ARG'),
          ...(value === undefined ? {} : { value: expander.word(value) }),
        })),
      }
    case 'ENV':
      return { variables: expander.pairs(instruction.variables, 'ENV') }
    case 'LABEL':
      return { labels: expander.pairs(instruction.labels, 'LABEL') }
    case 'EXPOSE':
      return { ports: instruction.ports.flatMap((port) => expander.split(port)) }
    case 'FROM': {
      const { image, platform } = instruction
      return { image: expander.word(image), ...(platform === undefined ? {} : { platform: expander.word(platform) }) }
    }
    case 'STOPSIGNAL':
      return { signal: expander.word(instruction.signal) }
    case 'USER':
      return { user: expander.word(instruction.user) }
    case 'VOLUME':
      return { volumes: instruction.volumes.map((volume) => expander.word(volume)) }
    case 'WORKDIR':
      return { path: expander.word(instruction.path) }
    default:
      return {}
  }
}

interface CopyFields {
  readonly sources: readonly string[]
  readonly inlineFiles: readonly InlineFile[]
  readonly destination: string
  readonly chown?: string
  readonly chmod?: string
}

class Expander {
  readonly place: SourcePlace
  readonly #environment: Environment
  readonly #options: ExpandOptions

  constructor(environment: Environment, options: ExpandOptions, place: SourcePlace) {
    this.#environment = environment
    this.#options = options
    this.place = place
  }

  word(text: string): string {
    return expandWord(text, this.#environment, this.#options)
  }

  split(text: string): readonly string[] {
    return expandWords(text, this.#environment, this.#options)
  }

  name(text: string, keyword: string): string {
    const name = this.word(text)
    if (name === '') throw invalid(this.place, `a name in ${keyword} is empty: ${text}`)
    return name
  }

  pairs(pairs: readonly NameValue[], keyword: string): readonly NameValue[] {
    return pairs.map(({ name, value }) => ({ name: this.name(name, keyword), value: this.word(value) }))
  }

  copy({ sources, inlineFiles, destination, chown, chmod }: CopyFields): CopyFields {
    return {
      sources: sources.map((source) => this.word(source)),
      inlineFiles: inlineFiles.map((file) => (file.expand ? { ...file, content: this.#content(file.content) } : file)),
      destination: this.word(destination),
      ...(chown === undefined ? {} : { chown: this.word(chown) }),
      ...(chmod === undefined ? {} : { chmod: this.word(chmod) }),
    }
  }

  /** Quotes are characters in a heredoc, and its escape token is the backslash, whatever the directive says. */
  #content(text: string): string {
    return expandWord(text, this.#environment, { quotes: 'plain', place: this.place })
  }
}
