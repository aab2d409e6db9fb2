/** Window scaling (RFC 7323 §2): both sides must offer it in their SYN, else neither may use it. */
import type { SegmentHeader } from '../protocols/conversation.ts'

/** Wireshark's values of `tcp.window_size_scalefactor` besides the factors themselves. */
const UNKNOWN = -1
const NOT_USED = -2
/** A greater shift is an error, and taken for this (RFC 7323 §2.3). */
const MAX_SHIFT = 14

export interface ScaledWindow {
  /** In bytes. */
  readonly window: number
  /** The factor, or -1 where the handshake was not seen, or -2 where scaling is not in use. */
  readonly factor: number
  /** The same as a shift: -1 where it is unknown, 0 where nothing is shifted. */
  readonly shift: number
}

export class WindowScale {
  #client = UNKNOWN
  #server = UNKNOWN

  apply(fromClient: boolean, header: SegmentHeader): ScaledWindow {
    if (header.flags.syn) this.#offer(fromClient, header)
    return this.glance(fromClient, header)
  }

  /** The same, of a segment from which nothing is learnt. */
  glance(fromClient: boolean, header: SegmentHeader): ScaledWindow {
    const shift = fromClient ? this.#client : this.#server
    const { window } = header
    if (shift === UNKNOWN) return { window, factor: UNKNOWN, shift: UNKNOWN }
    if (shift === NOT_USED) return { window, factor: NOT_USED, shift: 0 }
    // The window of a SYN itself is never scaled (RFC 7323 §2.2).
    if (header.flags.syn) return { window, factor: 2 ** shift, shift: 0 }
    return { window: window * 2 ** shift, factor: 2 ** shift, shift }
  }

  #offer(fromClient: boolean, { windowScale, flags }: SegmentHeader): void {
    const offered = windowScale === undefined ? NOT_USED : Math.min(windowScale, MAX_SHIFT)
    const other = fromClient ? this.#server : this.#client
    const refused = offered === NOT_USED || (flags.ack && other === NOT_USED)
    if (fromClient) this.#client = refused ? NOT_USED : offered
    else this.#server = refused ? NOT_USED : offered
    // Without the option on one side the other's is void, even if its SYN is still to come.
    if (offered === NOT_USED && fromClient) this.#server = NOT_USED
    else if (offered === NOT_USED) this.#client = NOT_USED
  }
}
