/**
 * Somebody looks on, and must be able to keep up: while it can't, the doors by which programs come in take nothing more
 * from them, as they do when a receiver's window is closed. So a bulk transfer is as fast as it can be watched, and
 * nothing of it goes unseen; an echo never meets this.
 */
export interface Pressure {
  /** Whoever brings bytes in had better wait. */
  readonly high: boolean
  /** Calls back once, when it is high no longer, or when nobody looks any more. Only to be asked while it is high. */
  eased(callback: () => void): void
}
