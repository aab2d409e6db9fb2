/** A message whose end has not come yet: where its bytes travelled, and the bytes themselves while a parser wants them. */
import type { Message, Piece } from '../protocols/conversation.ts'
import type { AnyProtocol, StreamProtocol } from '../protocols/protocol.ts'
import { part, type Run } from './byte-stream.ts'

/** What is kept of one message; what is longer is counted, not kept, and parsing goes on behind it. */
export const MESSAGE_LIMIT = 1 << 20
const MAX_PIECES = 8192
const PIECE_COST = 64

/** Bounds the bytes of unfinished messages over all streams of a trace. */
export class HeldBudget {
  held = 0
  readonly limit: number
  constructor(limit: number) {
    this.limit = limit
  }
}

const NO_BYTES = new Uint8Array(0)

/** Where a message ends: told to the segments that bring its parts before that is known. */
export interface Ending {
  /** 0 until the end has come. */
  frame: number
}

export class PendingMessage {
  readonly ending: Ending = { frame: 0 }
  /** The packet that brought the latest part. */
  #latest = 0
  /** The parser that was asked; undefined while the stream is being recognised. */
  protocol: StreamProtocol | undefined
  /** The message's length, once the parser knew; -1 before. */
  expected = -1
  /** On the stream; more than the pieces hold once something was lost or the limit reached. */
  length = 0
  /** No longer a whole prefix: nothing more is kept, and the parser can't be asked. */
  overlong = false
  #pieces: Piece[] = []
  #kept = 0
  #bytes = NO_BYTES
  #cost = 0
  readonly #budget: HeldBudget

  constructor(protocol: StreamProtocol | undefined, budget: HeldBudget) {
    this.protocol = protocol
    this.#budget = budget
  }

  /** What the parser is asked with. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Adds a run to the message's pieces, unless it is past what is kept. */
  keep(run: Run): void {
    this.length += run.length
    if (run.number !== 0) this.#latest = run.number
    const room = Math.min(run.length, MESSAGE_LIMIT - this.#kept)
    const full = this.#pieces.length >= MAX_PIECES || this.#budget.held > this.#budget.limit
    if (this.overlong || room <= 0 || full) {
      this.giveUp()
      return
    }
    this.#pieces.push(room === run.length ? run : part(run, 0, room))
    this.#kept += room
    // Frames are held by the store; bytes of their own by whoever refers to them.
    this.#charge(PIECE_COST + (run.bytes === undefined ? 0 : room))
    if (room < run.length) this.giveUp()
  }

  /** Copies the bytes of the run kept last behind those that the parser is asked with. */
  append(bytes: Uint8Array): void {
    if (this.overlong) return
    if (this.#bytes.length < this.length) {
      const grown = new Uint8Array(Math.min(MESSAGE_LIMIT, Math.max(256, this.length * 2)))
      grown.set(this.#bytes)
      this.#charge(grown.length - this.#bytes.length)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.length - bytes.length)
  }

  /** Something is missing from here on: the rest is only counted. */
  giveUp(): void {
    this.overlong = true
    this.forgetBytes()
  }

  forgetBytes(): void {
    this.#charge(-this.#bytes.length)
    this.#bytes = NO_BYTES
  }

  /** Cuts the message down to its first `length` bytes and returns what lies behind. */
  cutTo(length: number): Piece[] {
    const behind: Piece[] = []
    let excess = this.length - length
    while (excess > 0) {
      const piece = this.#pieces.pop()
      if (piece === undefined) break
      const over = Math.min(excess, piece.length)
      behind.unshift(part(piece, piece.length - over, piece.length))
      if (over < piece.length) this.#pieces.push(part(piece, 0, piece.length - over))
      excess -= over
    }
    this.length = length
    this.#kept = length
    return behind
  }

  /** Everything it was made of, as runs to be read again; a run with number 0 for what was not kept. */
  runs(): Run[] {
    const missing = this.length - this.#kept
    return missing > 0 ? [...this.#pieces, { number: 0, offset: 0, length: missing }] : this.#pieces
  }

  /** Gives back its share of the budget. */
  release(): void {
    this.#budget.held -= this.#cost
    this.#cost = 0
  }

  message(fallback: AnyProtocol, fromClient: boolean): Message {
    this.ending.frame = this.#latest
    return { protocol: this.protocol ?? fallback, fromClient, length: this.length, pieces: this.#pieces }
  }

  #charge(cost: number): void {
    this.#cost += cost
    this.#budget.held += cost
  }
}
