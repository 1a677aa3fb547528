/**
 * The file of a start-up snapshot, as far as it is read here. Node's own code is in it twice: what was loaded is compiled in V8's
 * heap, and behind that comes a cache of the compiled code of all of Node, for what is loaded later. It is a third of a file
 * that is read at each start. (Leaving the cache out is an option of Node; but then nothing in the heap stays compiled either.)
 *
 * ```
 * …                                   header, V8's heap, what Node notes of its environment
 * "v8_utils::BindingData"             the last of these notes: its type, and 20 bytes
 * count                               8 bytes, little-endian, as all lengths
 * count times: length, name, length, compiled code
 * ```
 * @module
 */

const lastNote = Buffer.from('v8_utils::BindingData')
const noteBytes = 20
const wordBytes = 8

/**
 * The file with the cache of these modules only.
 * @param {Buffer} file
 * @param {readonly string[]} names of Node's modules, without `node:`
 * @returns {Buffer | undefined} undefined for a file of another form
 */
export function withoutCodeCache(file, names) {
  const found = file.lastIndexOf(lastNote)
  const start = found + lastNote.byteLength + noteBytes
  const cache = found < 0 ? undefined : readCache(file, start)
  if (cache === undefined) return undefined
  const kept = cache.filter(({ name }) => names.includes(name))
  const count = Buffer.alloc(wordBytes)
  count.writeBigUInt64LE(BigInt(kept.length))
  return Buffer.concat([file.subarray(0, start), count, ...kept.map(({ bytes }) => bytes)])
}

/** Undefined where the entries do not end where the file does. */
function readCache(file, start) {
  const entries = []
  let at = start
  const take = (length) => {
    if (!(at + length <= file.byteLength)) throw new RangeError('the file ends inside an entry')
    at += length
    return file.subarray(at - length, at)
  }
  const word = () => Number(take(wordBytes).readBigUInt64LE())
  try {
    for (let left = word(); left > 0; left -= 1) {
      const from = at
      const name = take(word()).toString('latin1')
      take(word())
      entries.push({ name, bytes: file.subarray(from, at) })
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  return at === file.byteLength ? entries : undefined
}
