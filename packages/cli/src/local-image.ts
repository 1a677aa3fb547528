/**
 * Local images as the user names them.
 * @module
 */
import type { Layout, ResolvedImage } from '@tsreg/image'
import type { Invocation } from './invocation.ts'
import type { Session } from './session.ts'

/** @throws IMAGE_UNKNOWN with the nearest name as advice, AMBIGUOUS_ID listing the candidates. */
export async function findLocalImage(
  session: Session,
  images: Layout,
  text: string,
  { signal }: Pick<Invocation, 'signal'>,
): Promise<ResolvedImage> {
  const { isImageError, resolveImage } = await import('@tsreg/image')
  try {
    return await resolveImage(images, text, { ...session.referenceOptions, signal })
  } catch (error) {
    if (!isImageError(error, 'IMAGE_UNKNOWN')) throw error
    throw await withNearestName(error, session, images, text)
  }
}

async function withNearestName(error: Error, session: Session, images: Layout, text: string): Promise<Error> {
  const [{ CliError }, { parseReference, suggest }] = await Promise.all([import('./errors.ts'), import('@tsreg/oci')])
  // Without a tag only what stands before it is compared: all of them would be alike in ":latest".
  const names = new Map<string, string>()
  for await (const reference of images.tags()) {
    const name = session.show(parseReference(reference))
    names.set(text.includes(':') ? name : name.replace(/:[^:/]*$/, ''), name)
  }
  const nearest = names.get(suggest(text, [...names.keys()]) ?? '')
  const advice =
    nearest === undefined
      ? 'See the local images with "tsreg images", or fetch it with "tsreg pull".'
      : `Did you mean ${nearest}?`
  return new CliError('IMAGE_UNKNOWN', error.message, { advice, cause: error })
}
