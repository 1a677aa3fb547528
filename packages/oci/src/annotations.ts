/**
 * Annotation keys that image-spec (main, "Annotations") defines, and the two of other projects that archives carry.
 * @module
 */

/** Predefined annotation keys, named by their last words. */
export const annotations = {
  created: 'org.opencontainers.image.created',
  authors: 'org.opencontainers.image.authors',
  url: 'org.opencontainers.image.url',
  documentation: 'org.opencontainers.image.documentation',
  source: 'org.opencontainers.image.source',
  version: 'org.opencontainers.image.version',
  revision: 'org.opencontainers.image.revision',
  vendor: 'org.opencontainers.image.vendor',
  licenses: 'org.opencontainers.image.licenses',
  /** The tag of an entry of a layout's `index.json`. */
  refName: 'org.opencontainers.image.ref.name',
  title: 'org.opencontainers.image.title',
  description: 'org.opencontainers.image.description',
  baseDigest: 'org.opencontainers.image.base.digest',
  baseName: 'org.opencontainers.image.base.name',
  /** containerd's full reference of an entry of an archive's `index.json`. */
  containerdImageName: 'io.containerd.image.name',
} as const
