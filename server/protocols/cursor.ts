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
  /** `cut`: the sender wrote the missing bytes, the capture did not keep them. */
  readonly reason: 'wrong' | 'missing' | 'cut'
  constructor(message: string, reason: 'wrong' | 'missing' | 'cut' = 'wrong') {
    this.message = message
    this.reason = reason
  }
}

/** One buffer has many cursors in a row, a layer each: its view is made once. */
let viewed: Uint8Array = new Uint8Array()
let view = new DataView(viewed.buffer)

function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== viewed) {
    viewed = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return view
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
  /** Where they ended on the wire: beyond `end` when the capture kept fewer bytes than were sent. */
  wireEnd: number
  /** A header promised more bytes than there were on the wire. */
  lacking = false
  /** Where the first layer that knew its own length ended; what lies behind is the carrier's padding. */
  claimed: number | undefined
  /** What the carrying layer knows of this one (its session, its direction); the two agree on the shape. */
  readonly told: unknown
  #spans: Span[] | undefined

  constructor(
    packet: Packet,
    buffer: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    told?: unknown,
    wireEnd: number = end,
  ) {
    this.packet = packet
    this.buffer = buffer
    this.told = told
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.pos = start
    this.end = end
    this.wireEnd = wireEnd
  }

  /** Bytes to the end; none where a name or the like has gone past it. */
  get left(): number {
    return Math.max(0, this.end - this.pos)
  }

  /** What was left on the wire: more than `left` in a packet that the capture cut short. */
  get wireLeft(): number {
    return this.wireEnd - this.pos
  }

  /** Whether this field is one of those that are recorded. */
  #wants(field: Field): boolean {
    const { wanted } = this.packet
    return wanted === undefined || wanted.fields.has(field)
  }

  /** Whether spans are being kept; when not, a dissector may skip what only a reader would see. */
  get recording(): boolean {
    return this.#spans !== undefined
  }

  /** Whether the words of the packet list are wanted: always where spans are kept, and sometimes where none are. */
  get worded(): boolean {
    return this.#spans !== undefined || this.packet.worded
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

  /** Reads a field without recording it or moving, to decide by it; record it when its turn comes. */
  glance<T extends Value>(field: Field<T>, ahead = 0): T {
    const at = this.pos + ahead
    if (at + field.size > this.end) this.need(field.label, field.size)
    return field.read(this.view, at)
  }

  /** Reads and records a field without moving: the bit fields of one word, then the last with `take`. */
  peek<T extends Value>(field: Field<T>): T {
    const start = this.pos
    if (start + field.size > this.end) this.need(field.label, field.size)
    const value = field.read(this.view, start)
    if (this.#spans !== undefined && this.#wants(field as Field)) {
      this.#spans.push({ field: field as Field, value, buffer: this.buffer, start, end: start + field.size })
    }
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
    if (spans === undefined || !this.#wants(field as Field)) return
    const span: Span = { field: field as Field, value, buffer: this.buffer, start, end }
    if (text !== undefined) span.text = text
    spans.push(span)
  }

  /** Reads `body`'s fields as children of `field`; the parent spans from here to where the body stopped, but its own size at least. */
  group<T extends Value, R>(field: Field<T>, value: T, body: () => R, text?: string): R {
    const outer = this.#spans
    if (outer === undefined || !this.#wants(field as Field)) return body()
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
      const reached = Math.max(this.pos, Math.min(span.start + field.size, this.end))
      // A length that lies may lead beyond what is there.
      span.end = Math.max(span.start, Math.min(reached, this.bytes.length))
      this.#spans = outer
    }
  }

  skip(length: number, what = 'Skipped bytes'): void {
    if (this.pos + length > this.end) this.need(what, length)
    this.pos += length
  }

  /** Ends this layer's bytes `length` from here, as a length field said; padding behind is left alone. */
  limit(length: number): void {
    if (this.pos + length > this.wireEnd) this.lacking = true
    this.wireEnd = Math.min(this.wireEnd, this.pos + Math.max(0, length))
    this.end = Math.min(this.end, this.wireEnd)
    this.claimed ??= this.wireEnd
  }

  /** Ends this layer with an error: `what` names the field, the rest says what was expected and found. */
  fail(what: string, why: string): never {
    throw new Malformed(`${what}: ${why} at offset ${this.pos}`)
  }

  /** Fails with the standing words for missing bytes. */
  need(what: string, length: number): never {
    const cut = this.pos + length <= this.wireEnd
    const found = `need ${length} bytes at offset ${this.pos}, have ${Math.max(0, this.left)}`
    const why = cut ? '; the capture kept no more of this packet' : ''
    throw new Malformed(`${what}: ${found}${why}`, cut ? 'cut' : 'missing')
  }

  /** Notes an error beside this layer and lets dissection go on: for a part that the rest does not hang on. */
  problem(what: string, why: string, start = this.pos, end = this.end): void {
    this.packet.note(`${what}: ${why} at offset ${start}`, this.buffer, start, end)
  }

  /**
   * On the first pass over the capture calls `make` and keeps its result with the packet; whenever the
   * packet is read again returns what was kept. The only place where a dissector may change state.
   */
  remember<T>(make: () => T): T {
    return this.packet.remember(make)
  }

  /** Dissects part of this buffer as a layer of its own, nested in the current one. */
  carry(inner: AnyProtocol, start = this.pos, end = this.end, told?: unknown): void {
    this.packet.nest(inner, this.buffer, start, end, told, end === this.end ? this.wireEnd : end)
  }

  /** Dissects bytes that are not in the frame as they stand (unmasked, inflated, reassembled): a new buffer. */
  carryBytes(inner: AnyProtocol, name: string, bytes: Uint8Array, told?: unknown): void {
    this.packet.nest(inner, this.packet.addBuffer(name, bytes), 0, bytes.length, told)
  }

  /** A reader of such bytes for fields of this same layer: adds the buffer, records among this one's fields. */
  reading(name: string, bytes: Uint8Array): Cursor {
    const inner = new Cursor(this.packet, this.packet.addBuffer(name, bytes), bytes, 0, bytes.length)
    inner.recordInto(this.#spans)
    return inner
  }

  /**
   * Nested dissection by table, as returning a `Next` would do, for a dissector that goes on afterwards.
   * Returns where the carried packet said that it ends, or the end of the bytes if it did not say.
   */
  carryNext(next: Next, start = this.pos, end = this.end): number {
    return this.packet.nestNext(next, this.buffer, start, end, end === this.end ? this.wireEnd : end)
  }

  /**
   * The start of somebody else's packet, quoted in an ICMP error: shown as layers, but it belongs to no
   * conversation here and leaves this packet's addresses, ports and columns alone.
   */
  quote(next: Next, start = this.pos, end = this.end): void {
    this.packet.nestQuoted(next, this.buffer, start, end)
  }

  /** The text of the packet list's info column; the innermost layer's wins, messages side by side are joined. */
  info(text: string): void {
    if (this.packet.worded) this.packet.setInfo(text)
  }

  #record(field: Field<Uint8Array> | Field<string>, value: Value, start: number, end: number): void {
    if (this.#wants(field as Field))
      this.#spans?.push({ field: field as Field, value, buffer: this.buffer, start, end })
  }
}

/** A byte order mark is kept: it was on the wire. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
