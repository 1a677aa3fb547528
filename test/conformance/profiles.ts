/**
 * The profiles the registry is held to, and what each of them leaves out by its own definition.
 * @module
 */

/** One run of the suite. */
export interface Profile {
  readonly name: string
  /** `OCI_VERSION`: which edition of distribution-spec. */
  readonly version: '1.1' | 'dev'
  /** `OCI_DATA_SPARSE`: indexes whose children were never pushed. */
  readonly sparse: boolean
  /** Run against a registry that asks for a login. */
  readonly authentication: boolean
  /** Everything the report may call disabled: APIs, data groups and single tests, by name. */
  readonly disabled: readonly string[]
  /** Settings of the server that the profile's data needs. */
  readonly serverArgs?: readonly string[]
}

/**
 * The sparse data is an index with a missing manifest, which is accepted always, and an image with a missing layer, which
 * is refused with a list of what is missing unless this is set.
 */
const sparse = { version: 'dev', sparse: true, disabled: [], serverArgs: ['--allow-sparse-images'] } as const

const uploadCancelTests = ['sha256', 'sha512'].map(
  (algorithm) => `OCI Conformance Test/${algorithm} blobs/post cancel/blob-post-cancel`,
)

export const profiles: readonly Profile[] = [
  {
    name: '1.1',
    version: '1.1',
    sparse: false,
    authentication: false,
    disabled: [
      'Blob upload cancel',
      'Manifest put with tag params',
      'Sparse Manifests',
      'Tag Param',
      'Tag Param sha512',
      ...uploadCancelTests,
    ],
  },
  { name: 'dev', version: 'dev', sparse: false, authentication: false, disabled: ['Sparse Manifests'] },
  { name: 'dev + sparse', authentication: false, ...sparse },
  { name: 'dev + sparse with authentication', authentication: true, ...sparse },
]
