/**
 * The arguments that tell an image what it is built on and for. A FROM line sees them; a stage that names one in an ARG does
 * as well.
 * @module
 */
import { formatPlatform, type Platform } from '@tsreg/oci'

/** `TARGETPLATFORM`, `TARGETOS`, `TARGETARCH`, `TARGETVARIANT`, and the same of `BUILD`. */
export function platformArgs(build: Platform, target: Platform): ReadonlyMap<string, string> {
  return new Map([...fields('BUILD', build), ...fields('TARGET', target)])
}

function fields(prefix: string, platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ]
}
