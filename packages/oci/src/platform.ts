/**
 * Platforms (image-spec, "Image Index"): what an image runs on, and which entry of an index fits.
 * @module
 */
import { arch as nodeArch, platform as nodePlatform } from 'node:process'
import { OciError } from './errors.ts'

export interface Platform {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

/**
 * Reads `os/architecture[/variant]`, or `os` or `architecture` alone with the host's other half, and normalises it.
 * @throws UNSUPPORTED with the text, when it has another form, or is one word that stands for neither.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/')
  if (parts.length > 3 || !parts.every((part) => /^[A-Za-z0-9_.-]{1,64}$/.test(part))) {
    throw new OciError(
      'UNSUPPORTED',
      `not a platform: ${JSON.stringify(text.slice(0, 200))}; expected os/architecture[/variant], e.g. linux/arm64/v8`,
      { detail: { platform: text.slice(0, 200) } },
    )
  }
  const [first = '', second, variant] = parts
  if (second === undefined) {
    const host = hostPlatform()
    const os = normalizeOs(first)
    if (knownOs.has(os)) return normalizePlatform({ os, architecture: host.architecture })
    const platform = normalizePlatform({ os: host.os, architecture: first })
    // Of two words either may be new; one alone that nobody knows is more likely a mistake.
    if (knownArchitectures.has(platform.architecture)) return platform
    throw new OciError(
      'UNSUPPORTED',
      `neither an operating system nor an architecture: ${JSON.stringify(first)}; expected os/architecture[/variant], e.g. linux/arm64/v8`,
      { detail: { platform: first } },
    )
  }
  return normalizePlatform({ os: first, architecture: second, ...(variant === undefined ? {} : { variant }) })
}

/** `os/architecture[/variant]`, as docker shows it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined || variant === '' ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`
}

/**
 * The form that compares equal for equal platforms: Go's names (`x86_64` is `amd64`, `aarch64` is `arm64`), the default
 * variant left out for amd64 (`v1`) and arm64 (`v8`) and written out for arm (`v7`).
 */
export function normalizePlatform(platform: Platform): Platform {
  const { variant: given, ...rest } = platform
  const { architecture, variant } = normalizeArchitecture(platform.architecture, given)
  return { ...rest, os: normalizeOs(platform.os), architecture, ...(variant === undefined ? {} : { variant }) }
}

/** The platform containers of this host run on: on macOS and Windows that is `linux`, as with docker. */
export function hostPlatform(): Platform {
  const os = nodePlatform === 'freebsd' ? 'freebsd' : 'linux'
  return normalizePlatform({ os, architecture: nodeArch })
}

/**
 * The first entry that the wanted platform can run (image-spec: "the first matching entry"). An entry of exactly the
 * wanted variant goes before one of a lower variant that the wanted one also runs (arm v7 runs v6, amd64 v3 runs v2).
 * `os.version` is compared only where it is wanted; `os.features` of the entry must all be among the wanted ones where those are named.
 */
export function matchPlatform<T extends { readonly platform?: Platform }>(
  descriptors: readonly T[],
  wanted: Platform,
): T | undefined {
  const target = normalizePlatform(wanted)
  let best: { readonly entry: T; readonly rank: number } | undefined
  for (const entry of descriptors) {
    if (entry.platform === undefined) continue
    const rank = rankOf(normalizePlatform(entry.platform), target)
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { entry, rank }
  }
  return best?.entry
}

/** Distance between an entry and what is wanted: 0 exact, higher for older variants, undefined when it cannot run. */
function rankOf(entry: Platform, wanted: Platform): number | undefined {
  if (entry.os !== wanted.os || entry.architecture !== wanted.architecture) return undefined
  const version = wanted['os.version']
  if (version !== undefined && entry['os.version'] !== version) return undefined
  const features = wanted['os.features']
  if (features !== undefined && !(entry['os.features'] ?? []).every((feature) => features.includes(feature))) {
    return undefined
  }
  if (entry.variant === wanted.variant) return 0
  const has = variantLevel(entry)
  const wants = variantLevel(wanted)
  if (has === undefined || wants === undefined || has > wants) return undefined
  return wants - has
}

/** `v7` -> 7, `v9.1` -> 9.01; the default of the architecture when there is none. */
function variantLevel({ architecture, variant }: Platform): number | undefined {
  if (variant === undefined) return defaultLevel[architecture]
  const match = /^v(\d{1,3})(?:\.(\d{1,2}))?$/.exec(variant)
  return match === null ? undefined : Number(match[1]) + Number(match[2] ?? 0) / 100
}

const defaultLevel: Readonly<Record<string, number>> = { amd64: 1, arm64: 8, arm: 7 }

function normalizeOs(os: string): string {
  const lower = os.toLowerCase()
  return lower === 'macos' ? 'darwin' : lower === 'win32' ? 'windows' : lower
}

const architectureNames: ReadonlyMap<string, readonly [string, string?]> = new Map([
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['x64', ['amd64']],
  ['i386', ['386']],
  ['i486', ['386']],
  ['i586', ['386']],
  ['i686', ['386']],
  ['ia32', ['386']],
  ['x86', ['386']],
  ['aarch64', ['arm64']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
  ['armv7l', ['arm', 'v7']],
  ['armv6l', ['arm', 'v6']],
] as const)

function normalizeArchitecture(name: string, given: string | undefined): { architecture: string; variant?: string } {
  const lower = name.toLowerCase()
  const [architecture, implied] = architectureNames.get(lower) ?? [lower]
  const text = (given ?? '').toLowerCase()
  const variant = text === '' ? implied : /^\d/.test(text) ? `v${text}` : text
  if (architecture === 'arm') return { architecture, variant: variant ?? 'v7' }
  const isDefault = (architecture === 'amd64' && variant === 'v1') || (architecture === 'arm64' && variant === 'v8')
  return variant === undefined || isDefault ? { architecture } : { architecture, variant }
}

const knownOs: ReadonlySet<string> = new Set([
  'aix',
  'android',
  'darwin',
  'dragonfly',
  'freebsd',
  'illumos',
  'ios',
  'linux',
  'netbsd',
  'openbsd',
  'plan9',
  'solaris',
  'wasip1',
  'windows',
])

/** Those of Go that containers run on. */
const knownArchitectures: ReadonlySet<string> = new Set([
  '386',
  'amd64',
  'arm',
  'arm64',
  'loong64',
  'mips',
  'mips64',
  'mips64le',
  'mipsle',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'wasm',
])
