/**
 * The programs the suites need, and how each is had on Debian 12: an apt package, or a Go module at a pinned version.
 * @module
 */

import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** One program: exactly one of `apt` and `go` says where it comes from. */
export interface Tool {
  readonly apt?: string
  /** `package@version` for `go install`. */
  readonly go?: string
  /** The module that holds the package, where it must be built from a module of our own; see `installFromModule`. */
  readonly goModule?: string
}

export const tools = {
  skopeo: { apt: 'skopeo' },
  podman: { apt: 'podman' },
  buildah: { apt: 'buildah' },
  docker: { apt: 'docker.io' },
  dockerd: { apt: 'docker.io' },
  containerd: { apt: 'containerd' },
  ctr: { apt: 'containerd' },
  umoci: { apt: 'umoci' },
  runc: { apt: 'runc' },
  conmon: { apt: 'conmon' },
  strace: { apt: 'strace' },
  getfattr: { apt: 'attr' },
  setcap: { apt: 'libcap2-bin' },
  setfattr: { apt: 'attr' },
  debootstrap: { apt: 'debootstrap' },
  busybox: { apt: 'busybox-static' },
  htpasswd: { apt: 'apache2-utils' },
  ab: { apt: 'apache2-utils' },
  curl: { apt: 'curl' },
  zstd: { apt: 'zstd' },
  bzip2: { apt: 'bzip2' },
  xz: { apt: 'xz-utils' },
  jq: { apt: 'jq' },
  git: { apt: 'git' },
  patch: { apt: 'patch' },
  'docker-registry': { apt: 'docker-registry' },
  nginx: { apt: 'nginx-light' },
  caddy: { apt: 'caddy' },
  'docker-compose': { apt: 'docker-compose' },
  yq: { apt: 'yq' },
  wrk: { apt: 'wrk' },
  hyperfine: { apt: 'hyperfine' },
  radosgw: { apt: 'radosgw' },
  'radosgw-admin': { apt: 'ceph-common' },
  ceph: { apt: 'ceph-common' },
  monmaptool: { apt: 'ceph-mon' },
  'ceph-mon': { apt: 'ceph-mon' },
  'ceph-osd': { apt: 'ceph-osd' },
  'swift-proxy-server': { apt: 'swift-proxy' },
  'swift-account-server': { apt: 'swift-account' },
  'swift-container-server': { apt: 'swift-container' },
  'swift-object-server': { apt: 'swift-object' },
  'swift-ring-builder': { apt: 'swift-proxy' },
  memcached: { apt: 'memcached' },
  conformance: {
    go: 'github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111',
  },
  crane: { go: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1' },
  helm: { go: 'helm.sh/helm/v4/cmd/helm@v4.3.1' },
  hcl2json: { go: 'github.com/tmccombs/hcl2json@v0.6.9' },
  registry: { go: 'github.com/distribution/distribution/v3/cmd/registry@v3.1.2' },
  olareg: { go: 'github.com/olareg/olareg/cmd/olareg@v0.1.2', goModule: 'github.com/olareg/olareg' },
  // 4.53; its tags are no module versions. Through a module of our own, for its go.mod replaces a module.
  weed: {
    go: 'github.com/seaweedfs/seaweedfs/weed@v0.0.0-20261109003541-7506e5f91cd6',
    goModule: 'github.com/seaweedfs/seaweedfs',
  },
} as const satisfies Readonly<Record<string, Tool>>

export type ToolName = keyof typeof tools

/** The path of a program on `$PATH`, in the system's administration directories, or in Go's `bin`; undefined when absent. */
export function findTool(name: ToolName): string | undefined {
  return searchPath()
    .map((directory) => join(directory, name))
    .find(isExecutable)
}

/**
 * As {@link findTool}, for a program that must be there.
 * @throws Error naming the line that installs it
 */
export function toolPath(name: ToolName): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is missing: ${installLine(name)}`)
  return path
}

/** What a person types to get the program. */
export function installLine(name: ToolName): string {
  const tool: Tool = tools[name]
  return tool.apt === undefined ? `go install ${tool.go}` : `apt-get install -y --no-install-recommends ${tool.apt}`
}

/** Where `go install` puts programs. */
export function goBinDirectory(): string {
  return process.env.GOBIN ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin')
}

function searchPath(): readonly string[] {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', goBinDirectory()]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
