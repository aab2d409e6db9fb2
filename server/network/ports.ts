/**
 * The ends of the cables at a switch. A frame is impaired and recorded at most once: on the first server's cable
 * that it meets. One that meets none is recorded on the ideal cable `clients`, where it costs no time but a turn, so
 * that two hosts that answer each other don't do so in one endless call.
 */
import type { Link } from './link.ts'
import type { Switch, SwitchPort } from './switch.ts'

/** Takes a frame that has come all the way. */
export type Receive = (frame: Uint8Array) => void

/** Where a server's impaired cable meets the switch. */
export class ServerPort implements SwitchPort {
  readonly impaired = true
  readonly link: Link
  readonly address: number
  readonly #switch: Switch
  readonly #ideal: Link
  readonly #receive: Receive

  constructor(to: Switch, link: Link, ideal: Link, address: number, receive: Receive) {
    this.#switch = to
    this.link = link
    this.#ideal = ideal
    this.address = address
    this.#receive = receive
  }

  /** From the server: over its cable to the switch. */
  send(frame: Uint8Array): void {
    this.link.down.offer(frame, this.#arrived)
  }

  out(frame: Uint8Array, from: SwitchPort, witness: boolean): void {
    // From another server: it has had its share of misfortune on that one's cable.
    if (from.impaired) this.#ideal.up.offer(frame, this.#receive, false)
    else this.link.up.offer(frame, this.#receive, witness)
  }

  readonly #arrived = (frame: Uint8Array) => this.#switch.receive(this, frame)
}

/** Where an ideal cable meets the switch: a client's, or a router's. */
export class ClientPort implements SwitchPort {
  readonly impaired = false
  readonly address: number
  readonly #switch: Switch
  readonly #ideal: Link
  readonly #receive: Receive

  constructor(to: Switch, ideal: Link, address: number, receive: Receive) {
    this.#switch = to
    this.#ideal = ideal
    this.address = address
    this.#receive = receive
  }

  /** From the client to the switch: at once. */
  send(frame: Uint8Array): void {
    this.#switch.receive(this, frame)
  }

  out(frame: Uint8Array, from: SwitchPort, witness: boolean): void {
    if (from.impaired) {
      // Off a server's cable it comes in a turn of its own already.
      this.#receive(frame)
      return
    }
    // `up` from who has the lower address: between clients who was there first, and from a client to its gateway.
    const way = from.address < this.address ? this.#ideal.up : this.#ideal.down
    way.offer(frame, this.#receive, witness)
  }
}
