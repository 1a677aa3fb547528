/**
 * `tsreg tag`
 * @module
 */

import { formatReference } from '@tsreg/oci'
import type { Command } from 'commander'
import { CliError } from '../errors.ts'
import type { Invocation } from '../invocation.ts'
import { findLocalImage } from '../local-image.ts'
import { printJson } from '../output/json.ts'
import { openSession } from '../session.ts'
import { type JsonFlag, verb, withJson } from '../verb.ts'

export function tag(invocation: Invocation): Command {
  const command = verb('tag', 'Give a local image another name', [
    ['tsreg tag debian:13 localhost:5000/team/base:1', 'So that "tsreg push localhost:5000/team/base:1" finds it'],
    ['tsreg tag 4986bf8c1536 centos:centos5', 'By the first digits of its ID'],
  ])
    .argument('<image>', 'Local image, or the first digits of its ID')
    .argument('<name>', 'The new name; without a tag it gets "latest"')
  return withJson(command).action(async (text: string, name: string, { json }: JsonFlag) => {
    const { signal, stdout } = invocation
    await using session = await openSession(invocation)
    const target = session.reference(name)
    if (target.digest !== undefined) {
      throw new CliError('USAGE', `refusing to create a tag with a digest: ${name}`, {
        advice: 'A digest follows from the content; name a tag.',
      })
    }
    const images = await session.images()
    const { image } = await findLocalImage(session, images, text, invocation)
    await images.tag(image.root, formatReference(target), { signal })
    if (json) await printJson(stdout, { reference: formatReference(target), digest: image.root.digest })
  })
}
