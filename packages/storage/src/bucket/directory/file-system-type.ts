/**
 * Tells file systems that live on another machine: their locks, shared memory and syncs do not hold what SQLite needs.
 * @module
 */
import { readFile, statfs } from 'node:fs/promises'

/** `f_type` of statfs(2) on Linux. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff53_4d42, 'CIFS'],
  [0xfe53_4d42, 'SMB2'],
  [0x00c3_6400, 'Ceph'],
  [0x5346_414f, 'AFS'],
  [0x6b41_4653, 'kAFS'],
  [0x7375_7245, 'Coda'],
  [0x0102_1997, '9P'],
  [0x0bd0_0bd0, 'Lustre'],
  [0x4750_4653, 'GPFS'],
  [0x0116_1970, 'GFS2'],
  [0x7461_636f, 'OCFS2'],
])
const fuseType = 0x6573_5546
/** FUSE file systems that store on a local disk. */
const localFuse: ReadonlySet<string> = new Set(['fuseblk', 'fuse.fuse-overlayfs'])

export interface FileSystemProbe {
  readonly statfs: (path: string) => Promise<{ readonly type: number }>
  readonly readMounts: () => Promise<string>
}

const systemProbe: FileSystemProbe = { statfs, readMounts: () => readFile('/proc/self/mountinfo', 'utf8') }

/** Name of the network file system that holds `path`, undefined for a local one. Known on Linux only. */
export async function networkFileSystem(path: string, probe = systemProbe): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const type = (await probe.statfs(path)).type >>> 0
  if (type !== fuseType) return networkTypes.get(type)
  const name = mountTypeOf(path, await probe.readMounts())
  return localFuse.has(name) ? undefined : `FUSE (${name})`
}

/** The type column of the mount that holds the path: `36 35 98:0 /root /mnt rw,noatime shared:1 - fuse.sshfs ...`. */
function mountTypeOf(path: string, mounts: string): string {
  let longest = ''
  let type = 'unknown'
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ', 2)
    const mountPoint = (before.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const holds = path === mountPoint || path.startsWith(mountPoint.endsWith('/') ? mountPoint : `${mountPoint}/`)
    // A later line covers an earlier one of the same place.
    if (!holds || mountPoint === '' || mountPoint.length < longest.length) continue
    longest = mountPoint
    type = after.split(' ')[0] ?? type
  }
  return type
}
