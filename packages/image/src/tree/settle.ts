/**
 * Making files what the layer that was written of them unpacks to: times in whole seconds and not later than the latest, and
 * no sockets. Whoever builds on them sees the same, whether they were unpacked or have been left where they are.
 * @module
 */
import { unlinkSync } from 'node:fs'
import { lutimens } from '../syscalls/index.ts'
import type { TreeNode } from './walk.ts'

/** Files that are in a layer now. */
export class Settling {
  readonly #latestNs: bigint | undefined
  readonly #directories: TreeNode[] = []
  readonly #files: TreeNode[] = []

  /** @param latestTime in seconds since 1970 */
  constructor(latestTime: number | undefined) {
    this.#latestNs = latestTime === undefined ? undefined : BigInt(latestTime) * second
  }

  add(node: TreeNode): void {
    if (node.stat.isDirectory()) this.#directories.push(node)
    else if (node.stat.isSocket() || this.#timeOf(node) !== node.stat.mtimeNs) this.#files.push(node)
  }

  /** Directories at the end: what is unlinked in one changes its time. */
  finish(): void {
    for (const node of this.#files) {
      if (node.stat.isSocket()) unlinkSync(node.location)
      else this.#settle(node)
    }
    for (const node of this.#directories) this.#settle(node)
  }

  #settle(node: TreeNode): void {
    lutimens(node.location, { atimeNs: node.stat.atimeNs, mtimeNs: this.#timeOf(node) })
  }

  #timeOf({ stat }: TreeNode): bigint {
    const rest = ((stat.mtimeNs % second) + second) % second
    const whole = stat.mtimeNs - rest
    return this.#latestNs !== undefined && whole > this.#latestNs ? this.#latestNs : whole
  }
}

const second = 1_000_000_000n
