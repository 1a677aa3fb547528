/**
 * `tsreg push`: a local image, a layout or an archive into a registry.
 * @module
 */
import type { Command } from 'commander'
import type { Invocation } from '../invocation.ts'
import type { PushFlags } from '../push-image.ts'
import { verb, withJson, withPlatform, withQuiet, withRemote } from '../verb.ts'

export function push(invocation: Invocation): Command {
  const command = verb('push', 'Send an image to a registry', [
    ['tsreg push localhost:5000/team/app:v1', 'The local image of this name'],
    ['tsreg push 4986bf8c1536 centos:centos5', 'A local image under another name'],
    ['tsreg push oci:./layout:v1 team/app:v1', 'From an OCI layout directory'],
    ['tsreg push docker-archive:app.tar team/app:v1', 'From what "docker save" wrote; also oci-archive:'],
  ])
    .argument('<source>', 'Local image, or oci:DIR[:REF], oci-archive:FILE[:REF], docker-archive:FILE[:REF], or a path')
    .argument('[destination]', 'Where to; default the name of the local image')
  withPlatform(withQuiet(command, 'Print only the digest'), 'Of an index only the image for this platform')
  return withJson(withRemote(command)).action(async (from: string, to: string | undefined, flags: PushFlags) => {
    await (await import('../push-image.ts')).pushFrom(invocation, from, to, flags)
  })
}
