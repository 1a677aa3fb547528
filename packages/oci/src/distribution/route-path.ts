/**
 * Paths of the endpoints, as a client asks for them: the counterpart of `matchRoute`.
 * @module
 */

/** Each gives the path alone; names, tags and digests are valid in a path as they are. */
export const routePath = {
  base: (): string => '/v2/',
  catalog: (): string => '/v2/_catalog',
  tags: (name: string): string => `/v2/${name}/tags/list`,
  manifest: (name: string, reference: string): string => `/v2/${name}/manifests/${segment(reference)}`,
  blob: (name: string, digest: string): string => `/v2/${name}/blobs/${segment(digest)}`,
  uploads: (name: string): string => `/v2/${name}/blobs/uploads/`,
  upload: (name: string, id: string): string => `/v2/${name}/blobs/uploads/${segment(id)}`,
  referrers: (name: string, digest: string): string => `/v2/${name}/referrers/${segment(digest)}`,
  /** Without a name the IDs of the whole registry. */
  ids: (name: string | undefined, prefix: string): string => `${owner(name)}/_tsreg/ids/${segment(prefix)}`,
  discover: (name?: string): string => `${owner(name)}/_oci/ext/discover`,
  repository: (name: string): string => `/v2/${name}/_tsreg/repository`,
} as const

function owner(name: string | undefined): string {
  return name === undefined ? '/v2' : `/v2/${name}`
}

// Registries of the field expect the colon of a digest as it is.
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':')
}
