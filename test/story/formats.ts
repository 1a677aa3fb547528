/**
 * What a build prints in each format: the one of docker up to 1.8, and the default, which is docker's from 1.13 on.
 * @module
 */

export type Format = 'classic' | 'default'

export interface Step {
  /** The instruction as it is written. */
  readonly text: string
  /** The same as the classic format has it: lists without brackets, quotes and commas. */
  readonly classicText?: string
  /** Name of the image it makes. */
  readonly image: string
  /** Name of the container it runs in, and the lines it prints there. */
  readonly ran?: { readonly container: string; readonly output?: readonly string[] }
  /**
   * It is made now, and nothing runs for it; where neither this nor `ran` is given, the cache answers. Docker up to 1.8
   * made a container for it nevertheless, and told of its end.
   */
  readonly made?: true
}

/** What is typed for the format. */
export function formatFlags(format: Format): readonly string[] {
  return format === 'classic' ? ['--progress=classic'] : []
}

/**
 * The lines of a whole build; the first step is the FROM.
 * @param sizeName what the size of the context is called: builds of different contexts need different names
 */
export function buildLines(format: Format, steps: readonly Step[], sizeName = 'contextSize'): readonly string[] {
  const sending = format === 'classic' ? [`Sending build context to Docker daemon <${sizeName}>`] : []
  return [
    ...sending,
    ...steps.flatMap((step, index) => stepLines(format, step, index, steps.length)),
    successLine(steps),
  ]
}

/** The lines after it when the image gets a name; docker up to 1.8 had none. */
export function taggedLines(format: Format, name: string): readonly string[] {
  return format === 'classic' ? [] : [`Successfully tagged ${name}`]
}

function stepLines(format: Format, step: Step, index: number, count: number): readonly string[] {
  const { text, classicText = text, image, ran, made: isMade = index === 0 } = step
  const head = format === 'classic' ? `Step ${index} : ${classicText}` : `Step ${index + 1}/${count} : ${text}`
  const made = ` ---> <id:${image}>`
  if (ran === undefined) {
    if (!isMade) return [head, ' ---> Using cache', made]
    return format === 'classic' && index > 0 ? [head, made, removed(`${image}Container`)] : [head, made]
  }
  const running = ` ---> Running in <id:${ran.container}>`
  const removing = removed(ran.container)
  const end = format === 'classic' ? [made, removing] : [removing, made]
  return [head, running, ...(ran.output ?? []), ...end]
}

function removed(container: string): string {
  return `Removing intermediate container <id:${container}>`
}

function successLine(steps: readonly Step[]): string {
  return `Successfully built <id:${steps.at(-1)?.image}>`
}
