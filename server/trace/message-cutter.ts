/** Cuts one direction of a stream into the messages of its application protocol. */
import type { Flow, Message, Piece } from '../protocols/conversation.ts'
import { data } from '../protocols/data.ts'
import type { AnyProtocol, StreamPosition, StreamProtocol } from '../protocols/protocol.ts'
import { part, type Run } from './byte-stream.ts'
import { type Ending, type HeldBudget, PendingMessage } from './pending-message.ts'

/** As many bytes as it may take to recognise a protocol. */
const RECOGNITION_BYTES = 64
/**
 * Asking a parser again with every few bytes is quadratic. An ask costs its bytes; these are what a stream may
 * spend at first, and for every byte that arrives: plenty for 1 MiB in segments of 1,460 bytes.
 */
const ASKING_ADVANCE = 128 << 20
const ASKING_PER_BYTE = 256

/** Of a cutter that has no more than one run, as nearly all of the time; nothing is added to it. */
const NOTHING: Run[] = []

/** What the cutters of a trace share. */
export interface CuttingContext {
  /** Some bytes of a packet's frame; `undefined` when evicted. */
  frame(number: number, offset: number, length: number): Uint8Array | undefined
  /** The buffer that holds a packet's frame, and where it begins there; `undefined` when evicted. */
  buffer(number: number): Uint8Array | undefined
  start(number: number): number
  /** The protocol that a port's bytes are by decree (decode-as). */
  decreed(flow: Flow): StreamProtocol | undefined
  readonly recognised: readonly StreamProtocol[]
  readonly budget: HeldBudget
}

export class MessageCutter {
  readonly #flow: Flow
  readonly #fromClient: boolean
  readonly #context: CuttingContext
  /** What is to be read next: nearly always the only run there is, and so it costs no list. */
  #head: Run | undefined
  /** What comes behind it, from `#restAt` on. */
  #rest = NOTHING
  #restAt = 0
  #pending: PendingMessage | undefined
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
    if (this.#isEmpty()) this.#head = run
    else if (this.#rest === NOTHING) this.#rest = [run]
    else this.#rest.push(run)
    if (run.number !== 0) this.#credit += run.length * ASKING_PER_BYTE
  }

  /** The side has closed: what was pushed is all that will come. */
  end(): void {
    this.#ended = true
  }

  get idle(): boolean {
    return this.#isEmpty() && !(this.#ended && this.#pending !== undefined)
  }

  /** Where the message will end that has begun; undefined between two messages. */
  get ending(): Ending | undefined {
    return this.#pending?.ending
  }

  /** Forgets what is unfinished, for good. */
  close(): void {
    this.#release()
    this.#head = undefined
    this.#rest = NOTHING
    this.#restAt = 0
  }

  #isEmpty(): boolean {
    return this.#head === undefined && this.#restAt === this.#rest.length
  }

  /** The next whole message, or `undefined` until more is pushed. */
  next(): Message | undefined {
    for (;;) {
      const run = this.#take()
      if (run === undefined) return this.#ended ? this.#last() : undefined
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
    const bytes = this.#bytes(run)
    if (bytes === undefined) return this.#skip(run)
    pending.keep(run)
    pending.append(bytes)
    return pending.overlong ? undefined : this.#ask(pending)
  }

  /** A run with nothing before it. */
  #begin(run: Run): Message | undefined {
    const whole = this.#whole(run)
    if (whole !== undefined) return whole
    const bytes = this.#bytes(run)
    if (bytes === undefined) return this.#skip(run)
    const protocol = this.#protocol(bytes)
    if (protocol === undefined) {
      this.#hold(run, undefined).append(bytes)
      return undefined
    }
    if (protocol === 'unknown' || !this.#isBeginning(protocol, bytes)) {
      return this.#message(data, run.length, [run])
    }
    const length = this.#length(protocol, bytes)
    if (length === undefined) {
      this.#hold(run, protocol).append(bytes)
      return undefined
    }
    if (length > run.length) {
      this.#hold(run, protocol).expected = length
      return undefined
    }
    if (length === run.length) return this.#message(protocol, length, [run])
    this.#unread(part(run, length, run.length))
    return this.#message(protocol, length, [part(run, 0, length)])
  }

  /** The usual case, without a view of its bytes: a run that begins with a whole message of a known length. */
  #whole(run: Run): Message | undefined {
    const protocol = this.#flow.application
    if (protocol?.plainLength === undefined || this.#lost || run.bytes !== undefined) return undefined
    const buffer = this.#context.buffer(run.number)
    if (buffer === undefined) return undefined
    const start = this.#context.start(run.number) + run.offset
    const length = protocol.plainLength(buffer, start, start + run.length)
    if (length <= 0 || length > run.length) return undefined
    if (length === run.length) return this.#message(protocol, length, [run])
    this.#unread(part(run, length, run.length))
    return this.#message(protocol, length, [part(run, 0, length)])
  }

  /** What the bytes at the start of a message are; `undefined` to wait for more. */
  #protocol(bytes: Uint8Array): StreamProtocol | 'unknown' | undefined {
    const flow = this.#flow
    flow.application ??= this.#context.decreed(flow)
    if (flow.application !== undefined) return flow.application
    let wait = false
    for (const candidate of this.#context.recognised) {
      const verdict = this.#recognises(candidate, bytes)
      if (verdict === true) {
        flow.application = candidate
        return candidate
      }
      wait ||= verdict === undefined
    }
    return wait && bytes.length < RECOGNITION_BYTES && !this.#ended ? undefined : 'unknown'
  }

  /** After a gap: whether a message begins here. A protocol that can't tell is taken at its next segment. */
  #isBeginning(protocol: StreamProtocol, bytes: Uint8Array): boolean {
    if (!this.#lost) return true
    if (protocol.recognises !== undefined && this.#recognises(protocol, bytes) !== true) return false
    this.#lost = false
    return true
  }

  #recognises(protocol: StreamProtocol, bytes: Uint8Array): boolean | undefined {
    try {
      return protocol.recognises === undefined ? false : protocol.recognises(bytes, this.#position())
    } catch {
      return false
    }
  }

  /** Bytes of a message whose length is known. */
  #fill(pending: PendingMessage, run: Run): Message | undefined {
    const taken = Math.min(run.length, pending.expected - pending.length)
    pending.keep(taken === run.length ? run : part(run, 0, taken))
    if (taken < run.length) this.#unread(part(run, taken, run.length))
    return pending.length === pending.expected ? this.#finish(pending) : undefined
  }

  /** Asks for the length of what is pending, which just grew. */
  #ask(pending: PendingMessage): Message | undefined {
    const { bytes } = pending
    if (pending.protocol === undefined) {
      const recognised = this.#protocol(bytes)
      if (recognised === undefined) return undefined
      if (recognised === 'unknown') return this.#finish(pending)
      pending.protocol = recognised
    }
    this.#credit -= bytes.length
    if (this.#credit < 0) {
      pending.giveUp()
      return undefined
    }
    const length = this.#length(pending.protocol, bytes)
    if (length === undefined) return undefined
    pending.expected = length
    pending.forgetBytes()
    if (length > pending.length) return undefined
    for (const piece of pending.cutTo(length).reverse()) this.#unread(piece)
    return this.#finish(pending)
  }

  /** The flow has changed its protocol since these bytes came: they are read anew. */
  #startOver(pending: PendingMessage, run: Run): undefined {
    this.#release()
    this.#unread(run)
    for (const earlier of pending.runs().toReversed()) this.#unread(earlier)
  }

  /** In a message too long to keep, of unknown length: it ends where a run looks like a beginning. */
  #skim(pending: PendingMessage, run: Run): Message | undefined {
    const bytes = this.#bytes(run)
    if (bytes !== undefined && pending.protocol !== undefined && this.#recognises(pending.protocol, bytes)) {
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
    pending.giveUp()
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
    return this.#finish(pending)
  }

  #length(protocol: StreamProtocol, bytes: Uint8Array): number | undefined {
    let length: number | undefined
    try {
      length = protocol.frameLength(bytes, this.#position())
    } catch {
      // A defect in a parser must not stop the stream: its dissector gets what is there, and says what is wrong.
      length = bytes.length
    }
    if (length === undefined) return undefined
    return Number.isSafeInteger(length) && length > 0 ? length : bytes.length
  }

  #position(): StreamPosition {
    return { flow: this.#flow, fromClient: this.#fromClient, ended: this.#ended && this.#isEmpty() }
  }

  #hold(run: Run, protocol: StreamProtocol | undefined): PendingMessage {
    const pending = new PendingMessage(protocol, this.#context.budget)
    pending.keep(run)
    this.#pending = pending
    return pending
  }

  #release(): void {
    this.#pending?.release()
    this.#pending = undefined
  }

  #finish(pending: PendingMessage): Message {
    this.#release()
    return pending.message(data, this.#fromClient)
  }

  #message(protocol: AnyProtocol, length: number, pieces: readonly Piece[]): Message {
    return { protocol, fromClient: this.#fromClient, length, pieces }
  }

  #bytes(run: Run): Uint8Array | undefined {
    const { bytes, number, offset, length } = run
    return bytes === undefined
      ? this.#context.frame(number, offset, length)
      : bytes.subarray(offset, offset + length)
  }

  /** Puts a run back in front of those that are ready. */
  #unread(run: Run): void {
    const behind = this.#head
    this.#head = run
    if (behind === undefined) return
    if (this.#restAt > 0) this.#rest[--this.#restAt] = behind
    else this.#rest = [behind, ...this.#rest]
  }

  #take(): Run | undefined {
    const head = this.#head
    if (head !== undefined) {
      this.#head = undefined
      return head
    }
    const run = this.#rest[this.#restAt]
    if (run !== undefined) this.#restAt++
    else if (this.#restAt > 0) {
      this.#rest = NOTHING
      this.#restAt = 0
    }
    return run
  }
}
