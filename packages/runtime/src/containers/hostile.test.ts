/**
 * Images and options that want out of their container. Each test names the advisory that it replays, or what it resembles,
 * and the guard: file and function.
 * @module
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { programPath } from '../runc/programs.ts'
import { missingForContainers } from '../testing/root.ts'
import { openStage, type Stage } from '../testing/stage.ts'

const missing = missingForContainers()
if (missing !== undefined) console.warn(`left out, for they need ${missing}: containers of hostile images`)
const testRoot = missing === undefined ? test : () => {}

let stage: Stage
const searchPath = process.env.PATH
if (missing === undefined) {
  beforeEach(async () => {
    stage = await openStage()
  })
  afterEach(async () => {
    process.env.PATH = searchPath
    await stage[Symbol.asyncDispose]()
  })
}

/** A directory of the machine that no container has to do with, and a file in it. */
function makeOutside(): string {
  const outside = join(stage.directory, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'of the machine\n')
  return outside
}

/** Has runc started through a program that notes which descriptors it is given; returns them, a list for each start. */
function watchDescriptors(): () => readonly (readonly string[])[] {
  const directory = join(stage.directory, 'programs')
  const notes = join(directory, 'notes')
  const program = join(directory, 'runc')
  mkdirSync(directory)
  const script = `#!/bin/sh\nls -l /proc/self/fd >>${notes}\necho end >>${notes}\nexec ${programPath('runc')} "$@"\n`
  writeFileSync(program, script, { mode: 0o755 })
  process.env.PATH = `${directory}:${searchPath}`
  return () => {
    const starts = readFileSync(notes, 'utf8').split('end\n').slice(0, -1)
    // What it looks into is no descriptor that it was given.
    const lines = starts.map((text) =>
      text.split('\n').filter((line) => line.includes(' -> ') && !/\/proc\/\d+\/fd$/.test(line)),
    )
    return lines.map((start) => start.map((line) => / (\d+) -> /.exec(line)?.[1] ?? line))
  }
}

describe('a descriptor of the machine (CVE-2024-21626)', () => {
  testRoot('is given neither to runc nor to the command of a step (guard/scripts.ts stepScript)', async () => {
    const descriptors = watchDescriptors()
    const { stdout } = await stage.step('ls /proc/1/fd; ls -l /proc/1/fd | grep -c /tmp/')
    expect(descriptors()[0]).toEqual(['0', '1', '2'])
    expect(stdout).toBe('0\n1\n2\n0\n')
  })

  testRoot('is given neither to runc nor to the command of a container (guard/scripts.ts startScript)', async () => {
    const descriptors = watchDescriptors()
    const { stdout } = await stage.run('ls /proc/1/fd; ls -l /proc/1/fd | grep -c /tmp/')
    expect(stdout).toBe('0\n1\n2\n0\n')
    expect(descriptors()[0]).toEqual(['0', '1', '2'])
  })

  testRoot('is not where a process begins (rootfs/working-directory.ts checkWorkingDirectory)', async () => {
    symlinkSync('/proc/self/fd/8/../../..', join(stage.root, 'work'))
    for (const cwd of ['/proc/self/fd/7', '/proc/self/fd/8/', '/work', '/work/etc']) {
      const process = { args: ['/bin/cat', '/etc/passwd'], env: [], cwd }
      await expect(stage.run('pwd', { cwd })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
      await expect(stage.step('', { process })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    }
  })
})

describe('the program of the runtime (CVE-2019-5736)', () => {
  testRoot(
    'stays as it is when the command of a container is /proc/self/exe (runc itself: it runs as a sealed copy)',
    async () => {
      const runc = programPath('runc')
      const before = readFileSync(runc)
      writeFileSync(join(stage.root, 'bin/overwrite'), '#!/proc/self/exe\n')
      chmodSync(join(stage.root, 'bin/overwrite'), 0o755)
      const script = 'for fd in /proc/[0-9]*/exe; do (echo x >$fd) 2>/dev/null; done; exec /bin/overwrite'
      await stage.run(script).catch(() => {})
      await stage.step(script).catch(() => {})
      expect(readFileSync(runc).equals(before)).toBe(true)
    },
  )
})

describe('what is mounted through links of the image (CVE-2021-30465 and others)', () => {
  testRoot(
    'lands inside, whatever its destination leads through (runc, in the mount namespace of the guard)',
    async () => {
      const outside = makeOutside()
      const given = join(stage.directory, 'given')
      mkdirSync(given)
      writeFileSync(join(given, 'file'), 'shown\n')
      symlinkSync(outside, join(stage.root, 'absolute'))
      symlinkSync(`../../../../..${outside}`, join(stage.root, 'climbing'))
      for (const destination of ['/absolute', '/absolute/below', '/climbing', '/climbing/deep/below']) {
        const mount = { kind: 'bind', source: given, destination, readOnly: false, options: [] } as const
        expect(await stage.run(`cat ${destination}/file`, { mounts: [mount] })).toMatchObject({ stdout: 'shown\n' })
        const mounts = [{ source: given, destination }]
        expect(await stage.step(`cat ${destination}/file`, { mounts })).toMatchObject({ stdout: 'shown\n' })
        expect(readdirSync(outside)).toEqual(['secret'])
      }
    },
  )

  testRoot('a volume is filled with nothing of the machine (containers/volumes.ts fillVolumes)', async () => {
    const outside = makeOutside()
    symlinkSync(outside, join(stage.root, 'absolute'))
    mkdirSync(join(stage.root, 'srv'))
    symlinkSync(`../../../../../..${outside}`, join(stage.root, 'srv/climbing'))
    for (const destination of ['/absolute', '/srv/climbing']) {
      const mount = { kind: 'volume', source: '', destination, readOnly: false, options: [] } as const
      const { stdout } = await stage.run(`ls ${destination}; echo made >${destination}/new`, { mounts: [mount] })
      expect(stdout).toBe('')
    }
    expect(readdirSync(outside)).toEqual(['secret'])
  })

  testRoot(
    'hosts, hostname and resolv.conf are those of the container, and what links of them lead to stays',
    async () => {
      const outside = makeOutside()
      for (const name of ['hosts', 'hostname', 'resolv.conf']) {
        writeFileSync(join(outside, name), 'of the machine\n')
        rmSync(join(stage.root, 'etc', name))
        symlinkSync(join(outside, name), join(stage.root, 'etc', name))
      }
      const { stdout } = await stage.run('cat /etc/hostname; echo x >>/etc/hosts', { hostname: 'inside' })
      expect(stdout).toBe('inside\n')
      for (const name of readdirSync(outside)) {
        expect(readFileSync(join(outside, name), 'utf8')).toBe('of the machine\n')
      }
    },
  )

  testRoot('nothing but the file system of processes is mounted on /proc (CVE-2019-16884; runc)', async () => {
    const given = join(stage.directory, 'given')
    mkdirSync(given)
    for (const destination of ['/proc', '/proc/self', '/proc/self/attr']) {
      const mount = { kind: 'bind', source: given, destination, readOnly: false, options: [] } as const
      await expect(stage.run('true', { mounts: [mount] })).rejects.toMatchObject({ code: 'RUNTIME_FAILED' })
    }
  })
})

describe('programs and directories of the image that are links out', () => {
  testRoot('a program is one of the image or none (runc changes the root first)', async () => {
    const outside = makeOutside()
    writeFileSync(join(outside, 'tool'), '#!/bin/sh\necho out\n', { mode: 0o755 })
    symlinkSync(join(outside, 'tool'), join(stage.root, 'bin/tool'))
    symlinkSync(`/proc/1/root${outside}/tool`, join(stage.root, 'bin/other'))
    for (const command of [['/bin/tool'], ['tool'], ['/bin/other']]) {
      await expect(stage.run('', { command })).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
    }
  })

  testRoot('a working directory is made inside (runc changes the root first)', async () => {
    const outside = makeOutside()
    symlinkSync(outside, join(stage.root, 'out'))
    const { stdout } = await stage.run('pwd; ls', { cwd: '/out/new' }).catch(() => ({ stdout: '' }))
    expect(stdout).not.toContain('secret')
    expect(readdirSync(outside)).toEqual(['secret'])
  })

  testRoot(
    'users are those of the image, though /etc/passwd is a link to that of the machine (rootfs/inside.ts)',
    async () => {
      const outside = makeOutside()
      writeFileSync(join(outside, 'passwd'), 'outsider:x:4242:4242::/:/bin/sh\n')
      rmSync(join(stage.root, 'etc/passwd'))
      symlinkSync(join(outside, 'passwd'), join(stage.root, 'etc/passwd'))
      await expect(stage.run('id', { user: 'outsider' })).rejects.toMatchObject({ code: 'USER_UNKNOWN' })
    },
  )
})

describe('what a container may do', () => {
  testRoot(
    'is what docker lets it: no inheritable capability (CVE-2022-29162), no new namespace, no mount',
    async () => {
      const { stdout } = await stage.run(
        'grep -E "^Cap(Inh|Prm|Eff|Bnd|Amb)" /proc/self/status; mount -t tmpfs x /tmp 2>/dev/null || echo no mount; ' +
          'cat /proc/kcore | wc -c; (echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo no sysctl',
      )
      expect(stdout.split('\n')).toEqual([
        'CapInh:\t0000000000000000',
        'CapPrm:\t00000000a80425fb',
        'CapEff:\t00000000a80425fb',
        'CapBnd:\t00000000a80425fb',
        'CapAmb:\t0000000000000000',
        'no mount',
        '0',
        'no sysctl',
        '',
      ])
    },
  )

  testRoot('is nothing of it for another user than root', async () => {
    const { stdout } = await stage.run('grep -E "^Cap(Inh|Prm|Eff|Bnd|Amb)" /proc/self/status', { user: 'web' })
    expect(stdout).toContain('CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000')
  })

  testRoot('keeps it from the devices of the machine, though it may make their nodes', async () => {
    const { stdout } = await stage.run('cat /dev/null; mknod /kmsg c 1 11 && cat /kmsg 2>&1 || echo closed')
    expect(stdout).toMatch(/not permitted|closed/)
    expect(existsSync(join(stage.root, 'kmsg'))).toBe(false)
  })
})
