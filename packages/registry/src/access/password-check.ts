/**
 * Checks passwords against bcrypt hashes: off the event loop, a few at a time, and each correct one only once in a while.
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto'

export interface PasswordCheckOptions {
  /**
   * Verified credentials that are remembered.
   * @default 1000
   */
  readonly cacheSize?: number
  /**
   * bcrypt computations at a time. They occupy threads that file reads need too.
   * @default 2
   */
  readonly concurrency?: number
  /**
   * Computations that may wait; beyond that the answer is `busy`.
   * @default 200
   */
  readonly queueLength?: number
}

export type PasswordVerdict = 'right' | 'wrong' | 'busy'

export interface PasswordCheck {
  /** True when exactly these credentials were found right lately. */
  remembered(user: string, password: string, hash: string): boolean
  /** Computes the hash, unless the same question is being worked out already. */
  verify(user: string, password: string, hash: string): Promise<PasswordVerdict>
}

/** Cached keys are HMACs under a key of this process that cover the hash too: a changed hash forgets the old password. */
export function passwordCheck(options: PasswordCheckOptions = {}): PasswordCheck {
  const { cacheSize = 1000, concurrency = 2, queueLength = 200 } = options
  const secret = randomBytes(32)
  const right = new Set<string>()
  const underway = new Map<string, Promise<PasswordVerdict>>()
  const waiting: (() => void)[] = []
  let running = 0

  const keyOf = (user: string, password: string, hash: string): string =>
    createHmac('sha256', secret).update(`${user}\0${hash}\0${password}`).digest('base64')

  const compute = async (password: string, hash: string): Promise<PasswordVerdict> => {
    if (running < concurrency) running += 1
    else if (waiting.length >= queueLength) return 'busy'
    else await new Promise<void>((resume) => waiting.push(resume))
    try {
      // A native addon, which a registry without passwords need not load.
      const { compare } = await import('bcrypt')
      return (await compare(password, hash)) ? 'right' : 'wrong'
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  const remember = (key: string): void => {
    if (right.size >= cacheSize) for (const oldest of right) if (right.delete(oldest)) break
    right.add(key)
  }

  return {
    remembered: (user, password, hash) => right.has(keyOf(user, password, hash)),
    verify(user, password, hash) {
      const key = keyOf(user, password, hash)
      const same = underway.get(key)
      if (same !== undefined) return same
      const verdict = compute(password, hash)
        .then((result) => {
          if (result === 'right') remember(key)
          return result
        })
        .finally(() => underway.delete(key))
      underway.set(key, verdict)
      return verdict
    },
  }
}

/** A well-formed hash that no password has: a check against it takes as long as one against a real hash of that cost. */
export function unmatchableHash(cost: number): string {
  const letters = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const random = [...randomBytes(52)].map((byte) => letters[byte & 63]).join('')
  // The 22nd character of the salt carries only two bits; `u` is one of the four that are canonical.
  return `$2b$${String(cost).padStart(2, '0')}$${random.slice(0, 21)}u${random.slice(21)}`
}
