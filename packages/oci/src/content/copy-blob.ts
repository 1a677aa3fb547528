/**
 * One blob from the source to the target: found, mounted, or streamed. It is never held in memory.
 * @module
 */
import type { Descriptor } from '../descriptor.ts'
import { isOciError, OciError } from '../errors.ts'
import { isNonDistributable } from '../image/manifest.ts'
import { at, CopyError } from './copy-error.ts'
import type { Walk } from './copy-walk.ts'
import { isMounter, type OpenContent } from './store.ts'

/** Success when the target has the blob, or when it is a layer that need not be there and that the source lacks. */
export function copyBlob(walk: Walk, descriptor: Descriptor): Promise<void> {
  return walk.limit(async () => {
    const { source, target, signal, report } = walk
    signal.throwIfAborted()
    if (await at('target', descriptor, () => target.exists(descriptor, { signal }))) {
      return report({ kind: 'exists', descriptor })
    }
    const from = await mounted(walk, descriptor)
    if (from !== undefined) return report({ kind: 'mounted', descriptor, from })
    if (isNonDistributable(descriptor)) {
      const available = await at('source', descriptor, () => source.exists(descriptor, { signal }))
      if (!available) return report({ kind: 'skipped', descriptor })
    }
    report({ kind: 'start', descriptor })
    await transfer(walk, descriptor)
    report({ kind: 'done', descriptor })
  })
}

/** The repository it was mounted from; undefined when it was not. */
async function mounted({ target, mountFrom, signal }: Walk, descriptor: Descriptor): Promise<string | undefined> {
  const from = mountFrom(descriptor)
  if (from === undefined || !isMounter(target)) return undefined
  return (await at('target', descriptor, () => target.mount(descriptor, from, { signal }))) ? from : undefined
}

/**
 * The target may open the content again after a failure. Of its failure the last opening tells the origin: the
 * source when that broke, or gave bytes that are not those described.
 */
async function transfer({ source, target, signal, report }: Walk, descriptor: Descriptor): Promise<void> {
  let failure: CopyError | undefined
  const fromSource = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      failure = new CopyError('source', descriptor, error)
      throw failure
    }
  }
  const open: OpenContent = async (options) => {
    failure = undefined
    const offset = options.offset ?? 0
    const content = await fromSource(() => source.fetch(descriptor, { offset, signal: options.signal ?? signal }))
    return metered(content, offset)
  }
  async function* metered(content: AsyncIterable<Uint8Array>, offset: number) {
    let bytes = offset
    const iterator = content[Symbol.asyncIterator]()
    try {
      // Only what the source throws is its failure: a target that breaks off may throw into this generator.
      for (;;) {
        const next = await fromSource(() => iterator.next())
        if (next.done === true) return
        bytes += next.value.byteLength
        if (bytes > descriptor.size) await fromSource(() => Promise.reject(tooLong(descriptor)))
        yield next.value
        report({ kind: 'progress', descriptor, bytes })
      }
    } finally {
      await iterator.return?.()
    }
  }
  try {
    await target.push(descriptor, open, { signal })
  } catch (error) {
    if (failure !== undefined) throw failure
    const isContentWrong =
      isOciError(error, 'DIGEST_INVALID') || (isOciError(error, 'SIZE_INVALID') && !isRefusal(error))
    throw new CopyError(isContentWrong ? 'source' : 'target', descriptor, error)
  }
}

/** Content Too Large (RFC 9110, section 15.5.14): too much for the way to the target, whatever was described. */
function isRefusal({ detail }: OciError): boolean {
  return detail?.status === 413
}

function tooLong({ digest, size }: Descriptor): OciError {
  return new OciError('SIZE_INVALID', `content of ${digest} has more bytes than the ${size} described`, {
    detail: { digest, expected: size },
  })
}
