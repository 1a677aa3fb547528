/**
 * What a build tells, as docker's lines.
 *
 * ```
 * plain (docker 20.10)                         classic (docker up to 1.8)
 * Step 1/3 : FROM centos:centos5               Step 0 : FROM centos:centos5
 *  ---> 4986bf8c1536                            ---> 4986bf8c1536
 * Step 2/3 : RUN true                          Step 1 : RUN true
 *  ---> Running in 9a8f0c1d2e3b                 ---> Running in 9a8f0c1d2e3b
 * Removing intermediate container 9a8f0c1d2e3b  ---> 1f2e3d4c5b6a
 *  ---> 1f2e3d4c5b6a                           Removing intermediate container 9a8f0c1d2e3b
 * Successfully built 1f2e3d4c5b6a              Successfully built 1f2e3d4c5b6a
 * ```
 * @module
 */
import type { BuildEvent } from '@tsreg/builder'
import { shortId } from '@tsreg/oci'

export type BuildStyle = 'plain' | 'classic'

/** The lines of an event, without their ends. */
export function buildLines(event: BuildEvent, style: BuildStyle): readonly string[] {
  switch (event.kind) {
    case 'step':
      return [stepLine(event, style)]
    case 'triggers':
      return [`# Executing ${event.count} build trigger${event.count === 1 && style === 'plain' ? '' : 's'}`]
    case 'trigger':
      return style === 'classic' ? [`Trigger ${event.index}, ${event.text}`] : []
    case 'note':
      return [event.text]
    case 'cached':
      return [' ---> Using cache']
    case 'miss':
      return event.reasons.map((reason) => `${event.keyword}: ${reason}`)
    case 'running':
      return [` ---> Running in ${event.containerId.slice(0, 12)}`]
    case 'image':
      return imageLines(event, style)
    case 'warning':
      return [`[Warning] ${event.text}`]
    case 'built':
      return [`Successfully built ${shortId(event.imageId)}`]
    case 'unpacking':
      return []
  }
}

function stepLine(
  { step, total, text, classicText }: BuildEvent & { readonly kind: 'step' },
  style: BuildStyle,
): string {
  if (style === 'plain') return `Step ${step}/${total} : ${text}`
  return `Step ${step - 1} : ${classicText}`
}

function imageLines(
  { imageId, containerId, isSilent = false }: BuildEvent & { readonly kind: 'image' },
  style: BuildStyle,
): readonly string[] {
  const image = ` ---> ${imageId === undefined ? '' : shortId(imageId)}`
  // What docker 20.10 does for COPY it does without a word; up to 1.8 it told of the container's end alone.
  if (containerId === undefined || (isSilent && style === 'plain')) return [image]
  const removal = `Removing intermediate container ${containerId.slice(0, 12)}`
  return style === 'plain' ? [removal, image] : [image, removal]
}
