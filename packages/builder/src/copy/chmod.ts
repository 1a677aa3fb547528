/**
 * `--chmod`: the permissions of copied files.
 * @module
 */
import { BuilderError, type SourcePlace } from '../errors.ts'

/** Permission bits of octal digits. @throws DOCKERFILE_INVALID, FEATURE_UNSUPPORTED for the symbolic form */
export function parseChmod(text: string, place: SourcePlace): number {
  if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return Number.parseInt(text, 8)
  const isSymbolic = /^[ugoa]*[-+=][ugorwxXst,=+-]*$/.test(text)
  if (isSymbolic) throw new BuilderError('FEATURE_UNSUPPORTED', `--chmod=${text} is not supported yet`, { place })
  throw new BuilderError('DOCKERFILE_INVALID', `--chmod=${text} is no mode`, {
    place,
    detail: { chmod: text },
    advice: 'write it in octal digits, for example --chmod=755',
  })
}
