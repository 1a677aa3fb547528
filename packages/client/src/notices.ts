/**
 * What a client tells while it works: nothing here changes the outcome, but a person may want to know.
 * @module
 */

export type Notice =
  /** A request is sent again after a pause. `attempt` is the one that failed. */
  | {
      readonly kind: 'retry'
      readonly operation: string
      readonly host: string
      readonly attempt: number
      readonly delayMs: number
      readonly why: string
    }
  /** A download goes on behind the bytes that came. */
  | {
      readonly kind: 'resume'
      readonly operation: string
      readonly host: string
      readonly offset: number
      readonly why: string
    }
  /** The registry sent a `Warning` (distribution-spec main, "Warnings"); each text once per client. */
  | { readonly kind: 'warning'; readonly host: string; readonly text: string }
  /** Credentials could not be read; the client goes on without. */
  | { readonly kind: 'credentials'; readonly host: string; readonly error: Error }

export type Notify = (notice: Notice) => void
