/** Whether the two ends of a connection count congestion marks in the flags AE, CWR and ECE (RFC 9768 §3.1). */
import { ACK, SYN } from '../protocols/tcp-segment.ts'

/** AE, CWR and ECE. */
const COUNTER = 0x1c0

export class AccurateEcn {
  #offered = false
  #accepted = false
  #optionSeen = false

  get agreed(): boolean {
    return this.#optionSeen || (this.#offered && this.#accepted)
  }

  learn(flags: number, option: boolean): void {
    if (option) this.#optionSeen = true
    if ((flags & SYN) === 0) return
    const counter = (flags & COUNTER) >> 6
    if ((flags & ACK) === 0) this.#offered = counter === 7
    // RFC 9768 §3.1.2, table 2: the marking of the SYN, sent back.
    else this.#accepted = counter === 2 || counter === 3 || counter === 4 || counter === 6
  }
}
