/** `-T fields`: chosen fields of a packet as one line, as tshark writes them. */
import { UsageError } from '../errors.ts'
import type { Span } from '../protocols/cursor.ts'
import type { Field } from '../protocols/field.ts'
import type { Ink } from '../protocols/ink.ts'
import type { Packet } from '../protocols/packet.ts'
import { filterName } from '../trace/filter-fields.ts'
import { nearestName } from '../trace/filter-nearest.ts'
import type { Columns } from '../trace/rows.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import { fieldText } from './field-text.ts'
import { FRAME_FIELDS, type FrameField, LINED } from './read-frame-fields.ts'
import type { LineStyle } from './read-style.ts'
import { oneLine } from './terminal-text.ts'

/** One column: how the frame tells it, or what was found of it in the packet at hand. */
interface Cell {
  readonly frame: FrameField | undefined
  /** A protocol's id, whose name is printed for each of its layers. */
  readonly protocol: string | undefined
  /** Where the field stood: written straight from there while it is the only one. */
  span: Span | undefined
  /** Several, or a protocol's names. */
  text: string
}

const LINE_FEED = 0x0a

/** Makes the lines of `-T fields`: one walk over a packet's spans, however many fields are asked for. */
export class FieldLines {
  /** What must be recorded of a packet. */
  readonly wanted: WantedFields
  /** Whether the packet list's words are among them. */
  readonly lined: boolean
  readonly #style: LineStyle
  readonly #cells: readonly Cell[]
  /** The columns that a field's values stand in. */
  readonly #cellsOf = new Map<Field, Cell[]>()
  readonly #protocols: readonly Cell[]

  /** Finds the fields by Wireshark's names, aliases included. Throws a UsageError that names every unknown one. */
  constructor(names: readonly string[], style: LineStyle) {
    const unknown = names.filter((name) => FRAME_FIELDS[name] === undefined && filterName(name) === undefined)
    if (unknown.length > 0) throw new UsageError(unknown.map(complaint))
    this.#style = style
    this.#cells = names.map((name) => this.#cell(name))
    this.#protocols = this.#cells.filter(({ protocol }) => protocol !== undefined)
    this.lined = names.some((name) => LINED.has(name))
    this.wanted = new WantedFields(names.flatMap((name) => filterName(name)?.needs ?? []))
  }

  #cell(name: string): Cell {
    const frame = FRAME_FIELDS[name]
    const found = frame === undefined ? filterName(name) : undefined
    const protocol = found?.type === 'protocol' ? name : undefined
    const cell: Cell = { frame, protocol, span: undefined, text: '' }
    for (const field of found?.fields ?? []) {
      const cells = this.#cellsOf.get(field)
      if (cells === undefined) this.#cellsOf.set(field, [cell])
      else cells.push(cell)
    }
    return cell
  }

  /** Adds a packet's line; `row` gives that of the packet list. */
  write(out: Ink, packet: Packet, row: () => Columns): void {
    for (const cell of this.#cells) {
      cell.span = undefined
      cell.text = ''
    }
    for (const { protocol, fields } of packet.layers) {
      for (const cell of this.#protocols) if (cell.protocol === protocol.id) this.#add(cell, protocol.name)
      this.#collect(fields)
    }
    const { separator } = this.#style
    for (let i = 0; i < this.#cells.length; i++) {
      const cell = this.#cells[i]
      if (i > 0) put(out, separator)
      if (cell !== undefined) this.#cellText(out, cell, packet, row)
    }
    out.room(1)
    out.byte(LINE_FEED)
  }

  #cellText(out: Ink, { frame, span, text }: Cell, packet: Packet, row: () => Columns): void {
    const { quote } = this.#style
    const before = out.at
    put(out, quote)
    const begin = out.at
    if (frame !== undefined) frame(out, packet, row)
    else if (span !== undefined) putValue(out, span)
    else put(out, text)
    // Of what is absent not even the quotes are there.
    if (out.at === begin) out.at = before
    else put(out, quote)
  }

  #collect(spans: readonly Span[]): void {
    for (const span of spans) {
      const cells = this.#cellsOf.get(span.field)
      if (cells !== undefined) for (const cell of cells) this.#found(cell, span)
      if (span.children !== undefined) this.#collect(span.children)
    }
  }

  #found(cell: Cell, span: Span): void {
    const { occurrence, aggregator } = this.#style
    const isFirst = cell.span === undefined && cell.text === ''
    if (isFirst || occurrence === 'l') cell.span = span
    else if (occurrence === 'a') {
      if (cell.span !== undefined) cell.text = plain(fieldText(cell.span))
      cell.text += aggregator + plain(fieldText(span))
      cell.span = undefined
    }
  }

  #add(cell: Cell, text: string): void {
    const { occurrence, aggregator } = this.#style
    if (cell.text === '' || occurrence === 'l') cell.text = text
    else if (occurrence === 'a') cell.text += aggregator + text
  }
}

const ZERO = 0x30
const LETTER_X = 0x78

/** What `fieldText` says of it; the usual numbers without making text of them. */
function putValue(out: Ink, span: Span): void {
  const { field, value } = span
  out.room(32)
  if (typeof value === 'boolean') out.byte(value ? ZERO + 1 : ZERO)
  else if (typeof value === 'string' && ADDRESSES.has(field.type)) putPlain(out, value)
  else if (typeof value !== 'number' || value < 0 || !Number.isSafeInteger(value))
    put(out, plain(fieldText(span)))
  else if (field.base === 'dec' && (field.type === 'uint' || field.type === 'frame')) out.decimal(value)
  else if (field.base === 'hex' && field.mask === 0 && field.size > 0 && field.size <= 4) {
    out.byte(ZERO)
    out.byte(LETTER_X)
    for (let shift = field.size * 8 - 4; shift >= 0; shift -= 4) {
      const digit = (value >>> shift) & 15
      out.byte(digit < 10 ? ZERO + digit : 0x57 + digit)
    }
  } else put(out, plain(fieldText(span)))
}

const ADDRESSES: ReadonlySet<string> = new Set(['ipv4', 'ipv6', 'ether'])

/** Short text is written by hand; the encoder is for what is long, or not ASCII. */
function put(out: Ink, text: string): void {
  if (text.length === 1) {
    const code = text.charCodeAt(0)
    if (code < 0x80) {
      out.room(1)
      out.byte(code)
      return
    }
  }
  if (text.length > 64 || !PLAIN.test(text)) out.text(text)
  else putPlain(out, text)
}

function putPlain(out: Ink, text: string): void {
  out.room(text.length)
  out.ascii(text)
}

function complaint(name: string): string {
  const meant = nearestName(name)
  return `-e ${name}: there is no such field${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

/** Most values have no control characters; what has comes from the network and must not command the terminal. */
function plain(text: string): string {
  return PLAIN.test(text) ? text : oneLine(text)
}

const PLAIN = /^[\u0020-\u007e]*$/
