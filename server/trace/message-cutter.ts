/** Cuts one direction of a stream into the messages of its application protocol. */
import type { Flow, Message, Piece } from '../protocols/conversation.ts'
import { data } from '../protocols/data.ts'
import type { AnyProtocol, StreamPosition, StreamProtocol } from '../protocols/protocol.ts'
import { part, type Run } from './byte-stream.ts'

/** What is kept of one message; what is longer is counted, not kept, and parsing goes on behind it. */
export const MESSAGE_LIMIT = 1 << 20
const MAX_PIECES = 8192
/** As many bytes as it may take to recognise a protocol. */
const RECOGNITION_BYTES = 64
/**
 * Asking a parser again with every few bytes is quadratic. An ask costs its bytes; these are what a stream may
 * spend at first, and for every byte that arrives: plenty for 1 MiB in segments of 1,460 bytes.
 */
const ASKING_ADVANCE = 128 << 20
const ASKING_PER_BYTE = 256

/** What the cutters of a trace share. */
export interface CuttingContext {
  /** The frame of a packet; `undefined` when evicted. */
  frame(number: number): Uint8Array | undefined
  /** The protocol that a port's bytes are by decree (decode-as). */
  decreed(flow: Flow): StreamProtocol | undefined
  readonly recognised: readonly StreamProtocol[]
  readonly budget: HeldBudget
}

/** Bounds the bytes of unfinished messages over all streams of a trace. */
export class HeldBudget {
  held = 0
  readonly limit: number
  constructor(limit = 64 << 20) {
    this.limit = limit
  }
}

const PIECE_COST = 64

interface Pending {
  readonly pieces: Piece[]
  /** On the stream; more than the pieces hold once something was lost or the limit reached. */
  length: number
  kept: number
  /** No longer a whole prefix: nothing more is kept, and the parser can't be asked. */
  overlong: boolean
  /** The parser that was asked; undefined while the stream is being recognised. */
  protocol: StreamProtocol | undefined
  /** The message's length, once the parser knew; -1 before. */
  expected: number
  bytes: Uint8Array
  cost: number
}

const NO_BYTES = new Uint8Array(0)

export class MessageCutter {
  readonly #flow: Flow
  readonly #fromClient: boolean
  readonly #context: CuttingContext
  #ready: Run[] = []
  #readyAt = 0
  #pending: Pending | undefined
  /** Where the next message begins is unknown, since bytes before it were lost. */
  #lost = false
  #ended = false
  #credit = ASKING_ADVANCE

  constructor(flow: Flow, fromClient: boolean, context: CuttingContext) {
    this.#flow = flow
    this.#fromClient = fromClient
    this.#context = context
  }

  push(run: Run): void {
    this.#ready.push(run)
    this.#credit += run.length * ASKING_PER_BYTE
  }

  /** The side has closed: what was pushed is all that will come. */
  end(): void {
    this.#ended = true
  }

  get idle(): boolean {
    return this.#readyAt === this.#ready.length && !(this.#ended && this.#pending !== undefined)
  }

  /** Forgets what is unfinished, for good. */
  close(): void {
    this.#release()
    this.#ready = []
    this.#readyAt = 0
  }

  /** The next whole message, or `undefined` until more is pushed. */
  next(): Message | undefined {
    for (;;) {
      const run = this.#ready[this.#readyAt]
      if (run === undefined) {
        if (this.#readyAt > 0) {
          this.#ready = []
          this.#readyAt = 0
        }
        return this.#ended ? this.#last() : undefined
      }
      this.#readyAt++
      const message = run.number === 0 ? this.#skip(run) : this.#feed(run)
      if (message !== undefined) return message
    }
  }

  #feed(run: Run): Message | undefined {
    const pending = this.#pending
    if (pending === undefined) return this.#begin(run)
    if (pending.expected >= 0) return this.#fill(pending, run)
    if (pending.protocol !== this.#flow.application) return this.#startOver(pending, run)
    if (pending.overlong) return this.#skim(pending, run)
    this.#keep(pending, run)
    if (pending.overlong) return undefined
    this.#append(pending, run)
    return this.#ask(pending)
  }

  /** A run with nothing before it. */
  #begin(run: Run): Message | undefined {
    const bytes = this.#bytes(run)
    if (bytes === undefined) return this.#skip(run)
    const protocol = this.#protocol(bytes)
    if (protocol === undefined) {
      this.#hold(run, bytes, undefined)
      return undefined
    }
    if (protocol === 'unknown') return this.#message(data, run.length, [run])
    if (this.#lost) {
      if (protocol.recognises !== undefined && protocol.recognises(bytes, this.#position()) !== true) {
        return this.#message(data, run.length, [run])
      }
      this.#lost = false
    }
    const length = this.#length(protocol, bytes)
    if (length === undefined) {
      this.#hold(run, bytes, protocol)
      return undefined
    }
    if (length <= run.length) {
      if (length < run.length) this.#unread(part(run, length, run.length))
      return this.#message(protocol, length, [length === run.length ? run : part(run, 0, length)])
    }
    const pending = this.#hold(run, NO_BYTES, protocol)
    pending.expected = length
    return undefined
  }

  /** What the bytes at the start of a message are; `undefined` to wait for more. */
  #protocol(bytes: Uint8Array): StreamProtocol | 'unknown' | undefined {
    const flow = this.#flow
    flow.application ??= this.#context.decreed(flow)
    if (flow.application !== undefined) return flow.application
    let wait = false
    for (const candidate of this.#context.recognised) {
      const verdict = candidate.recognises?.(bytes, this.#position())
      if (verdict === true) {
        flow.application = candidate
        return candidate
      }
      wait ||= verdict === undefined && candidate.recognises !== undefined
    }
    return wait && bytes.length < RECOGNITION_BYTES && !this.#ended ? undefined : 'unknown'
  }

  /** Bytes of a message whose length is known. */
  #fill(pending: Pending, run: Run): Message | undefined {
    const taken = Math.min(run.length, pending.expected - pending.length)
    this.#keep(pending, taken === run.length ? run : part(run, 0, taken))
    if (taken < run.length) this.#unread(part(run, taken, run.length))
    return pending.length === pending.expected ? this.#finish(pending) : undefined
  }

  /** Asks for the length of what is pending, which just grew. */
  #ask(pending: Pending): Message | undefined {
    const bytes = pending.bytes.subarray(0, pending.length)
    let protocol = pending.protocol
    if (protocol === undefined) {
      const recognised = this.#protocol(bytes)
      if (recognised === undefined) return undefined
      if (recognised === 'unknown') return this.#finish(pending)
      protocol = pending.protocol = recognised
    }
    this.#credit -= bytes.length
    if (this.#credit < 0) {
      this.#giveUp(pending)
      return undefined
    }
    const length = this.#length(protocol, bytes)
    if (length === undefined) return undefined
    pending.expected = length
    this.#free(pending)
    if (length > pending.length) return undefined
    for (const piece of split(pending, length).reverse()) this.#unread(piece)
    return this.#finish(pending)
  }

  /** The flow has changed its protocol since these bytes came: they are read anew. */
  #startOver(pending: Pending, run: Run): undefined {
    this.#release()
    this.#unread(run)
    const missing = pending.length - pending.kept
    if (missing > 0) this.#unread({ number: 0, offset: 0, length: missing })
    for (const piece of pending.pieces.reverse()) this.#unread(piece)
  }

  /** In a message too long to keep, of unknown length: it ends where a run looks like a beginning. */
  #skim(pending: Pending, run: Run): Message | undefined {
    const bytes = this.#bytes(run)
    if (bytes !== undefined && pending.protocol?.recognises?.(bytes, this.#position()) === true) {
      this.#unread(run)
      return this.#finish(pending)
    }
    pending.length += run.length
    return undefined
  }

  /** Bytes that the capture does not hold. */
  #skip(run: Run): Message | undefined {
    const pending = this.#pending
    if (pending === undefined) {
      this.#lost = true
      return undefined
    }
    const left = pending.expected < 0 ? 0 : pending.expected - pending.length
    if (run.length > left) this.#lost = true
    this.#giveUp(pending)
    pending.length += Math.min(run.length, left)
    return run.length >= left ? this.#finish(pending) : undefined
  }

  /** The side has closed: what is pending is all there will be of it. */
  #last(): Message | undefined {
    const pending = this.#pending
    if (pending === undefined) return undefined
    if (pending.expected < 0 && !pending.overlong && pending.protocol === this.#flow.application) {
      const message = this.#ask(pending)
      if (message !== undefined) return message
    }
    return this.#pending === undefined ? undefined : this.#finish(pending)
  }

  #length(protocol: StreamProtocol, bytes: Uint8Array): number | undefined {
    let length: number | undefined
    try {
      length = protocol.frameLength(bytes, this.#position())
    } catch {
      // A defect in a parser must not stop the stream: what is there goes to its dissector, which says what is wrong.
      length = bytes.length
    }
    if (length === undefined) return undefined
    return Number.isSafeInteger(length) && length > 0 ? length : bytes.length
  }

  #position(): StreamPosition {
    return {
      flow: this.#flow,
      fromClient: this.#fromClient,
      ended: this.#ended && this.#readyAt === this.#ready.length,
    }
  }

  #hold(run: Run, bytes: Uint8Array, protocol: StreamProtocol | undefined): Pending {
    const pending: Pending = {
      pieces: [],
      length: 0,
      kept: 0,
      overlong: false,
      protocol,
      expected: -1,
      bytes: NO_BYTES,
      cost: 0,
    }
    this.#pending = pending
    this.#keep(pending, run)
    if (bytes.length > 0 && !pending.overlong) this.#append(pending, run)
    return pending
  }

  /** Adds a run to the message's pieces, unless it is past what is kept. */
  #keep(pending: Pending, run: Run): void {
    pending.length += run.length
    const { budget } = this.#context
    const room = Math.min(run.length, MESSAGE_LIMIT - pending.kept)
    if (pending.overlong || room <= 0 || pending.pieces.length >= MAX_PIECES || budget.held > budget.limit) {
      this.#giveUp(pending)
      return
    }
    pending.pieces.push(room === run.length ? run : part(run, 0, room))
    pending.kept += room
    this.#charge(pending, PIECE_COST)
    if (room < run.length) this.#giveUp(pending)
  }

  /** Copies a run behind the bytes that the parser is asked with. */
  #append(pending: Pending, run: Run): void {
    const bytes = this.#bytes(run)
    if (bytes === undefined) {
      this.#giveUp(pending)
      return
    }
    if (pending.bytes.length < pending.length) {
      const grown = new Uint8Array(Math.min(MESSAGE_LIMIT, Math.max(256, pending.length * 2)))
      grown.set(pending.bytes)
      this.#charge(pending, grown.length - pending.bytes.length)
      pending.bytes = grown
    }
    pending.bytes.set(bytes, pending.length - run.length)
  }

  #giveUp(pending: Pending): void {
    pending.overlong = true
    this.#free(pending)
  }

  #free(pending: Pending): void {
    this.#charge(pending, -pending.bytes.length)
    pending.bytes = NO_BYTES
  }

  #charge(pending: Pending, cost: number): void {
    pending.cost += cost
    this.#context.budget.held += cost
  }

  #release(): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#context.budget.held -= pending.cost
    this.#pending = undefined
  }

  #finish(pending: Pending): Message {
    this.#release()
    return this.#message(pending.protocol ?? data, pending.length, pending.pieces)
  }

  #message(protocol: AnyProtocol, length: number, pieces: readonly Piece[]): Message {
    return { protocol, fromClient: this.#fromClient, length, pieces }
  }

  #bytes(run: Run): Uint8Array | undefined {
    return this.#context.frame(run.number)?.subarray(run.offset, run.offset + run.length)
  }

  /** Puts a run back in front of those that are ready. */
  #unread(run: Run): void {
    if (this.#readyAt > 0) this.#ready[--this.#readyAt] = run
    else this.#ready.unshift(run)
  }
}

/** Cuts what is pending down to `length` bytes and returns the pieces behind. */
function split(pending: Pending, length: number): Piece[] {
  const behind: Piece[] = []
  let excess = pending.length - length
  while (excess > 0) {
    const piece = pending.pieces.pop()
    if (piece === undefined) break
    const over = Math.min(excess, piece.length)
    behind.unshift(part(piece, piece.length - over, piece.length))
    if (over < piece.length) pending.pieces.push(part(piece, 0, piece.length - over))
    excess -= over
  }
  pending.length = length
  pending.kept = length
  return behind
}
