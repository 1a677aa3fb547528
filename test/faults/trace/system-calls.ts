/**
 * Reads what strace wrote: one record per system call, with the places in the order of time where it began and ended.
 * @module
 */

export interface SystemCall {
  readonly name: string
  /** Everything between the parentheses, with the paths strace knows behind each descriptor. */
  readonly args: string
  /** What it returned, as text: `0`, `23</path>`, `-1 ENOENT (…)`. */
  readonly result: string
  /** Line on which it began, and line on which it was over; calls of several threads overlap. */
  readonly began: number
  readonly ended: number
}

/** The calls to trace: all that create, write, name or sync files, and the traffic of sockets. */
export const tracedCalls = [
  ...['open', 'openat', 'creat', 'mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'link', 'linkat'],
  ...['unlink', 'unlinkat', 'write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'copy_file_range', 'sendfile'],
  ...['ftruncate', 'fallocate', 'fsync', 'fdatasync', 'sync_file_range', 'read', 'recvfrom', 'sendto', 'sendmsg'],
] as const

/** The command to run a server under; `file` gets the trace. */
export function straceCommand(strace: string, file: string): readonly string[] {
  return [strace, '-f', '--seccomp-bpf', '-yy', '-s', '400', '-o', file, '-e', `trace=${tracedCalls.join()}`]
}

/** All calls that ended, in the order in which they began. Calls a process died in are left out. */
export function parseTrace(text: string): readonly SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, { readonly name: string; readonly args: string; readonly began: number }>()
  for (const [line, content] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(content) ?? []
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest)
    const started = unfinished.get(thread)
    if (resumed && started) {
      unfinished.delete(thread)
      const [args, result] = splitResult(started.args + (resumed[2] ?? ''))
      calls.push({ ...started, args, result, ended: line })
      continue
    }
    const [, name = '', body = ''] = /^(\w+)\((.*)$/.exec(rest) ?? []
    if (name === '') continue
    if (body.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { name, args: body.slice(0, -'<unfinished ...>'.length), began: line })
      continue
    }
    const [args, result] = splitResult(body)
    calls.push({ name, args, result, began: line, ended: line })
  }
  return calls.toSorted((one, other) => one.began - other.began)
}

/** The path or socket behind the first argument: `/dir/file`, `TCP:[127.0.0.1:5000->127.0.0.1:40000]`. */
export function descriptorOf({ args }: SystemCall): string | undefined {
  return /^\d+<(.+?)>(?:\(deleted\))?(?:,|$)/.exec(args)?.[1]
}

/** The quoted arguments, which are the paths of calls that take paths. */
export function quotedIn({ args }: SystemCall): readonly string[] {
  return [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text)
}

function splitResult(text: string): readonly [args: string, result: string] {
  const [, args = text, result = '?'] = /^(.*)\) += (.*)$/.exec(text) ?? []
  return [args.trimEnd(), result]
}
