/** The reader that every dissector uses: it checks lengths, returns typed values and records where they were. */
import type { Field, Value } from './field.ts'
import type { Packet } from './packet.ts'
import type { AnyProtocol, Next } from './protocol.ts'

/** A field as it was found. Offsets are into the packet's buffer of that index. */
export interface Span {
  readonly field: Field
  readonly value: Value
  readonly buffer: number
  readonly start: number
  end: number
  /** Set where the value's usual text would say too little. */
  text?: string
  children?: Span[]
}

/** Thrown by the cursor when bytes are missing or wrong; the dissect loop turns it into one error layer. */
export class Malformed {
  readonly message: string
  /** True when the capture cut the packet short, so that the sender is not to blame. */
  readonly cut: boolean
  constructor(message: string, cut = false) {
    this.message = message
    this.cut = cut
  }
}

export class Cursor {
  readonly packet: Packet
  /** Index of the buffer it reads; 0 is the frame. */
  readonly buffer: number
  readonly bytes: Uint8Array
  readonly view: DataView
  pos: number
  /** Where this layer's bytes end: set by `limit` when a header says so. */
  end: number
  #spans: Span[] | undefined

  constructor(packet: Packet, buffer: number, bytes: Uint8Array, start: number, end: number) {
    this.packet = packet
    this.buffer = buffer
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.pos = start
    this.end = end
  }

  get left(): number {
    return this.end - this.pos
  }

  /** Whether spans are being kept; when not, a dissector may skip what only a reader would see. */
  get recording(): boolean {
    return this.#spans !== undefined
  }

  /** Where recorded spans go from now on; used by the dissect loop when a layer begins. */
  recordInto(spans: Span[] | undefined): void {
    this.#spans = spans
  }

  /** Reads a field of fixed size and moves past it. */
  take<T extends Value>(field: Field<T>): T {
    const value = this.peek(field)
    this.pos += field.size
    return value
  }

  /** Reads and records a field without moving: the bit fields of one word, then the last with `take`. */
  peek<T extends Value>(field: Field<T>): T {
    const start = this.pos
    if (start + field.size > this.end) this.need(field.label, field.size)
    const value = field.read(this.view, start)
    this.#spans?.push({ field: field as Field, value, buffer: this.buffer, start, end: start + field.size })
    return value
  }

  takeBytes(field: Field<Uint8Array>, length: number): Uint8Array {
    if (this.pos + length > this.end) this.need(field.label, length)
    const value = this.bytes.subarray(this.pos, this.pos + length)
    this.#record(field, value, this.pos, this.pos + length)
    this.pos += length
    return value
  }

  /** UTF-8 text; bytes that aren't become U+FFFD. */
  takeText(field: Field<string>, length: number): string {
    if (this.pos + length > this.end) this.need(field.label, length)
    const value = decodeText(this.bytes.subarray(this.pos, this.pos + length))
    this.#record(field, value, this.pos, this.pos + length)
    this.pos += length
    return value
  }

  /** Records a value that is computed or was read by hand, with its place if it has one. */
  put<T extends Value>(field: Field<T>, value: T, start = this.pos, end = start, text?: string): void {
    const spans = this.#spans
    if (spans === undefined) return
    const span: Span = { field: field as Field, value, buffer: this.buffer, start, end }
    if (text !== undefined) span.text = text
    spans.push(span)
  }

  /** Reads `body`'s fields as children of `field`; the parent spans from here to where the body stopped. */
  group<T extends Value, R>(field: Field<T>, value: T, body: () => R, text?: string): R {
    const outer = this.#spans
    if (outer === undefined) return body()
    const children: Span[] = []
    const span: Span = {
      field: field as Field,
      value,
      buffer: this.buffer,
      start: this.pos,
      end: this.pos,
      children,
    }
    if (text !== undefined) span.text = text
    outer.push(span)
    this.#spans = children
    try {
      return body()
    } finally {
      span.end = Math.max(span.start, this.pos)
      this.#spans = outer
    }
  }

  skip(length: number, what = 'Skipped bytes'): void {
    if (this.pos + length > this.end) this.need(what, length)
    this.pos += length
  }

  /** Ends this layer's bytes `length` from here, as a length field said; padding behind is left alone. */
  limit(length: number): void {
    this.end = Math.min(this.end, this.pos + Math.max(0, length))
  }

  /** Ends this layer with an error: `what` names the field, the rest says what was expected and found. */
  fail(what: string, why: string): never {
    throw new Malformed(`${what}: ${why} at offset ${this.pos}`)
  }

  /** Fails with the standing words for missing bytes. */
  need(what: string, length: number): never {
    const cut = this.buffer === 0 && this.packet.cut
    throw new Malformed(
      `${what}: need ${length} bytes at offset ${this.pos}, have ${Math.max(0, this.left)}`,
      cut,
    )
  }

  /**
   * On the first pass over the capture calls `make` and keeps its result with the packet; whenever the
   * packet is read again returns what was kept. The only place where a dissector may change state.
   */
  remember<T>(make: () => T): T {
    return this.packet.remember(make)
  }

  /** Dissects part of this buffer as a layer of its own, nested in the current one. */
  carry(inner: AnyProtocol, start = this.pos, end = this.end): void {
    this.packet.nest(inner, this.buffer, start, end)
  }

  /** Dissects bytes that are not in the frame as they stand (unmasked, inflated, reassembled): a new buffer. */
  carryBytes(inner: AnyProtocol, name: string, bytes: Uint8Array): void {
    this.packet.nest(inner, this.packet.addBuffer(name, bytes), 0, bytes.length)
  }

  /** Nested dissection by table, as returning a `Next` would do, for a dissector that goes on afterwards. */
  carryNext(next: Next, start = this.pos, end = this.end): void {
    this.packet.nestNext(next, this.buffer, start, end)
  }

  /** The text of the packet list's info column; the innermost layer's wins, messages side by side are joined. */
  info(text: string): void {
    if (this.#spans !== undefined) this.packet.setInfo(text)
  }

  #record(field: Field<Uint8Array> | Field<string>, value: Value, start: number, end: number): void {
    this.#spans?.push({ field: field as Field, value, buffer: this.buffer, start, end })
  }
}

const decoder = new TextDecoder()

export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
