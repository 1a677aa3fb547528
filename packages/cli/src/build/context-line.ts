/**
 * The line that docker of the classic age began a build with. There is no daemon to send anything to; the line is there for
 * those who read what follows it, with the size that docker would have sent.
 * @module
 */
import type { BuildContext } from '@tsreg/builder/context'
import type { OperationOptions } from '@tsreg/oci/content'

/** `Sending build context to Docker daemon 2.048 kB` */
export async function contextLine(context: BuildContext, options: OperationOptions): Promise<string> {
  return `Sending build context to Docker daemon ${classicSize(await archiveSize(context, options))}`
}

const blockBytes = 512

/** Of the context as a tar archive: a block for each name, the content in whole blocks, two blocks at the end. */
async function archiveSize(context: BuildContext, options: OperationOptions): Promise<number> {
  let blocks = 2
  const pending = ['']
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const name of await context.list(directory, options)) {
      const path = directory === '' ? name : `${directory}/${name}`
      const file = await context.lstat(path, options)
      blocks += 1 + Math.ceil((file?.size ?? 0) / blockBytes)
      if (file?.type === 'directory') pending.push(path)
    }
  }
  return blocks * blockBytes
}

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** Four significant digits and a space. */
export function classicSize(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000
  return `${Number(value.toPrecision(4))} ${units[unit]}`
}
