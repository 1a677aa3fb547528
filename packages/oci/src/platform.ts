/**
 * Platforms (image-spec, "Image Index"): what an image runs on, and which entry of an index fits.
 * @module
 */

export interface Platform {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}
