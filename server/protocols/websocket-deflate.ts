/**
 * Compression of WebSocket messages: permessage-deflate, RFC 7692 §7.
 *
 * A message is a DEFLATE stream (RFC 1951) without its last four bytes, 00 00 ff ff. With context takeover it may
 * refer to the last 32 KiB of the messages before it in its direction, so these must be read in order, once: the first
 * pass does, and keeps with each packet what it takes to read that message alone.
 */
import type { Inflaters } from './conversation.ts'

/** How far back a reference may reach (RFC 1951 §2). */
export const WINDOW = 32_768
/** Room for what was inflated, so that the window seldom has to be moved to its front. */
const ROOM = WINDOW * 2
/** What the windows of all connections may hold together: of 1000 directions that have said much. */
const MAX_WINDOWS = 64 << 20

/** What the 101 agreed on (RFC 7692 §7.1). Window sizes do not matter to a reader: the largest serves them all. */
export interface DeflateAgreement {
  readonly clientTakesOver: boolean
  readonly serverTakesOver: boolean
}

/** Reads the server's Sec-WebSocket-Extensions; `undefined` when messages are not compressed. */
export function agreedDeflate(extensions: string | undefined): DeflateAgreement | undefined {
  for (const extension of (extensions ?? '').split(',')) {
    const [name, ...parameters] = extension.split(';').map((part) => part.trim().toLowerCase())
    // The first that is accepted is the one in use (RFC 7692 §5); Safari once had a name of its own for it.
    if (name !== 'permessage-deflate' && name !== 'x-webkit-deflate-frame') continue
    const has = (wanted: string) =>
      parameters.some((parameter) => parameter.split('=', 1)[0]?.trim() === wanted)
    const common = has('no_context_takeover')
    return {
      clientTakesOver: !common && !has('client_no_context_takeover'),
      serverTakesOver: !common && !has('server_no_context_takeover'),
    }
  }
  return undefined
}

/** What is kept with a packet of its compressed message: enough to read it alone, after all before it have gone. */
export type Inflated =
  /** Inflated again from the message whenever it is wanted; `window` is what it may refer to. */
  | { readonly kind: 'again'; readonly window: Uint8Array | undefined; readonly kept: number }
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly kept: number }
  | { readonly kind: 'failed'; readonly kept: 0 }

/** Longer results are not kept but made again: they cost more than the window that it takes. */
const MOST_KEPT = WINDOW

const NO_HISTORY = new Uint8Array(0)
const EACH_ALONE: Inflated = { kind: 'again', window: undefined, kept: 0 }
const FAILED: Inflated = { kind: 'failed', kept: 0 }

/**
 * Bounds the windows that the directions of a trace hold: tens of thousands of open connections would be gigabytes. The
 * one that was not used for the longest loses its own, as if bytes of it had been lost.
 */
export class DeflateWindows {
  readonly #limit: number
  /** Those that hold something, the longest unused first. */
  readonly #holders = new Set<MessageInflater>()
  #held = 0

  constructor(limit = MAX_WINDOWS) {
    this.#limit = limit
  }

  /** Bytes held. */
  get held(): number {
    return this.#held
  }

  /** It was used, and holds `grown` bytes more than before. */
  used(holder: MessageInflater, grown: number): void {
    this.#holders.delete(holder)
    this.#holders.add(holder)
    this.#held += grown
    for (const longest of this.#holders) {
      if (this.#held <= this.#limit || longest === holder) return
      this.#holders.delete(longest)
      this.#held -= longest.drop()
    }
  }
}

/** One direction of a WebSocket. Changed only on the first pass, by messages in their order. */
export class MessageInflater {
  readonly #takesOver: boolean
  /** The end of what was inflated so far; its last 32 KiB are the window. */
  #history = NO_HISTORY
  #length = 0

  constructor(takesOver: boolean) {
    this.#takesOver = takesOver
  }

  /** Reads the next message, and says what to keep of it. */
  next(by: Inflaters, compressed: () => Uint8Array, windows = new DeflateWindows()): Inflated {
    // Each message stands for itself: there is nothing to keep, and no need to read it before somebody looks.
    if (!this.#takesOver) return EACH_ALONE
    const window = this.#window()
    const bytes = by.message(compressed(), window)
    if (bytes === undefined) {
      this.forget()
      return FAILED
    }
    const kept: Inflated =
      bytes.length <= MOST_KEPT
        ? { kind: 'whole', bytes, kept: bytes.length }
        : { kind: 'again', window: window?.slice(), kept: window?.length ?? 0 }
    const before = this.#history.length
    this.#append(bytes)
    windows.used(this, this.#history.length - before)
    return kept
  }

  /** Forgets, and gives its room back: answers with how many bytes that was. */
  drop(): number {
    const { length } = this.#history
    this.forget()
    this.#history = NO_HISTORY
    return length
  }

  /**
   * Some message was lost: what came before is no longer what the next one refers to. References into what comes from
   * here on stay right, and any that reach farther back fail instead of being read wrongly.
   */
  forget(): void {
    this.#length = 0
  }

  #window(): Uint8Array | undefined {
    if (this.#length === 0) return undefined
    return this.#history.subarray(Math.max(0, this.#length - WINDOW), this.#length)
  }

  #append(bytes: Uint8Array): void {
    const added = bytes.length > WINDOW ? bytes.subarray(bytes.length - WINDOW) : bytes
    if (this.#length + added.length > this.#history.length) {
      const window = this.#window()
      // Most connections say little: room grows with what is said.
      const needed = (window?.length ?? 0) + added.length
      const size = Math.min(ROOM, Math.max(1024, needed * 2))
      const grown = size > this.#history.length ? new Uint8Array(size) : this.#history
      if (window !== undefined) grown.set(window)
      this.#history = grown
      this.#length = window?.length ?? 0
    }
    this.#history.set(added, this.#length)
    this.#length += added.length
  }
}

/** The message's bytes, by what was kept of it; `undefined` when they can't be inflated. */
export function inflated(
  by: Inflaters,
  kept: Inflated,
  compressed: () => Uint8Array,
): Uint8Array | undefined {
  if (kept.kind === 'whole') return kept.bytes
  return kept.kind === 'failed' ? undefined : by.message(compressed(), kept.window)
}
