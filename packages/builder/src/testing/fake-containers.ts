/**
 * For tests of builds without root: snapshots in plain directories, and a runtime whose commands are functions.
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type LayerEntry, writeLayer } from '@tsreg/image/layer'
import type { Snapshot, Snapshotter } from '@tsreg/image/snapshot'
import type { Digest } from '@tsreg/oci'
import { chainIds } from '@tsreg/oci/image'
import type { RunStep, StepOptions } from '@tsreg/runtime'
import type { MemoryFile } from './memory-tree.ts'
import { memoryTree } from './memory-tree.ts'

export interface FakeContainers {
  readonly snapshotter: Snapshotter
  readonly runStep: RunStep
  /** The commands that were run, each as one text. */
  readonly ran: string[]
  /** Chains that were unpacked. */
  readonly unpacked: Digest[]
  /** Writable layers that are there. */
  readonly open: Set<string>
}

export interface FakeContainersOptions {
  readonly directory: string
  /** What every unpacked chain holds. @default nothing */
  readonly files?: Readonly<Record<string, MemoryFile>>
  /** Does the work of a command in the directory of the writable layer; returns its exit code. @default writes nothing */
  readonly command?: (text: string, upper: string, options: StepOptions) => number | Promise<number>
}

export function fakeContainers({ directory, files = {}, command = () => 0 }: FakeContainersOptions): FakeContainers {
  const ran: string[] = []
  const unpacked: Digest[] = []
  const open = new Set<string>()
  const tree = memoryTree(files)
  const parents = new Map<string, Digest | undefined>()
  const upperOf = (key: string) => join(directory, key)
  const unused = () => Promise.reject(new TypeError('not part of the fake'))
  const snapshotter: Snapshotter = {
    kind: 'overlay',
    async unpack(_content, { diffIds }) {
      const chainId = chainIds(diffIds).at(-1)
      if (chainId !== undefined) unpacked.push(chainId)
      return chainId
    },
    has: async (chainId) => unpacked.includes(chainId),
    async lookup(_chainId, path) {
      const file = await tree.lstat(path.slice(1))
      if (file === undefined) return undefined
      const { type, mode, uid, gid, mtime, size } = file
      return { type, mode, uid, gid, mtime, sizeBytes: size, location: await onDisk(directory, tree, path.slice(1)) }
    },
    names: async (_chainId, path) => tree.list(path.slice(1)),
    async create(key, parent) {
      mkdirSync(upperOf(key), { recursive: true })
      open.add(key)
      parents.set(key, parent)
      const upperDirectory = upperOf(key)
      return { key, parent, upperDirectory, directory: upperDirectory, mount: overlayMount } satisfies Snapshot
    },
    open: unused,
    async *changes() {},
    async commit(key, content, options) {
      const written = await writeLayer(entriesIn(upperOf(key)), content, options)
      open.delete(key)
      rmSync(upperOf(key), { recursive: true })
      return written === undefined ? undefined : { ...written, chainId: written.diffId }
    },
    async remove(key) {
      open.delete(key)
      rmSync(upperOf(key), { recursive: true, force: true })
    },
    async *list() {
      yield* open
    },
    prune: unused,
  }
  const runStep: RunStep = async (options) => {
    const text = options.process.args.join(' ')
    ran.push(text)
    return { exitCode: await command(text, options.snapshot.upperDirectory, options) }
  }
  return { snapshotter, runStep, ran, unpacked, open }
}

const overlayMount = { type: 'overlay', source: 'overlay', options: [], workingDirectory: '/' } as const

/** A file with the content, for whoever reads it from its location. */
async function onDisk(directory: string, tree: ReturnType<typeof memoryTree>, path: string): Promise<string> {
  const location = join(directory, 'files', path)
  const { mkdir, symlink, writeFile } = await import('node:fs/promises')
  const file = await tree.lstat(path)
  await mkdir(dirname(location), { recursive: true })
  if (file?.type === 'directory') await mkdir(location, { recursive: true })
  if (file?.type === 'symlink') await symlink(file.linkName, location).catch(() => {})
  if (file?.type === 'file') for await (const chunk of tree.open(path)) await writeFile(location, chunk)
  return location
}

function entriesIn(directory: string, prefix = ''): LayerEntry[] {
  return readdirSync(join(directory, prefix))
    .sort()
    .flatMap((name): LayerEntry[] => {
      const path = prefix === '' ? name : `${prefix}/${name}`
      const found = statSync(join(directory, path))
      const attributes = { path, mode: found.mode & 0o7777, uid: 0, gid: 0, mtime: found.mtimeMs / 1000 }
      if (found.isDirectory()) return [{ ...attributes, type: 'directory' as const }, ...entriesIn(directory, path)]
      const content = readFileSync(join(directory, path))
      return [{ ...attributes, type: 'file' as const, sizeBytes: content.byteLength, content: () => [content] }]
    })
}
