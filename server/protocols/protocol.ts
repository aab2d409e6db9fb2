/** A protocol: its field table, and the code that places the fields. */

import type { Flow } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import type { Field, FieldSpec, Value } from './field.ts'
import type { Mark, Skim } from './skim.ts'

/** The OSI layer a protocol serves; 0 for notes of our own that have no bytes. */
export type OsiLayer = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

/** The tables by which one layer says what rides in it (`stack.ts` fills them). */
export type Table = 'link' | 'ethertype' | 'ip.proto' | 'tcp.port' | 'udp.port'

/** What comes next: the first key that the table knows; bytes that nobody claims are shown as `data`. */
export interface Next {
  table: Table
  keys: readonly number[]
}

type FieldTable = Readonly<Record<string, FieldSpec>>
export type NamedFields<F> = { readonly [K in keyof F]: F[K] extends FieldSpec<infer T> ? Field<T> : never }

export interface Declaration<F> {
  /** Wireshark's name for it, such as `tcp`: also the filter's, and the first part of its fields' names. */
  id: string
  name: string
  /** What the packet list shows in its protocol column; left out, the layer does not claim the column. */
  short?: string
  osi: OsiLayer
  /** What one of its pieces is called: frame, packet, segment, datagram, message, event. */
  unit: string
  spec: string
  /** Its job in one sentence, for the inspector's envelope. */
  about: string
  /** Keyed by the name behind the id: `srcport`, `flags.syn`. A key with a leading `=` is a whole name of its own. */
  fields: F
  /** Places the fields by reading through the cursor; never changes state but inside `c.remember`. */
  dissect(c: Cursor, f: NamedFields<F>): Next | undefined
  /** Its `dissect` has its words for the packet list ready (`c.info`, where `c.worded`) when nothing is recorded too. */
  wordy?: boolean
  /**
   * The same effects on the packet and the conversation without a field recorded, and the same words for the packet
   * list: for the protocols that most packets are made of. False, with nothing changed, for whatever is unusual.
   */
  skim?(s: Skim): boolean
  /** Fields whose value is at hand after a skim. */
  places?: { readonly [K in keyof F]?: Place }
}

/** How far from its layer's first byte a field of fixed size stands, or how its value is found out; undefined: it is not there. */
export type Place = number | ((s: Skim, mark: Mark, bytes: Uint8Array) => Value | undefined)

export interface Protocol<F = FieldTable> extends Omit<Declaration<F>, 'fields' | 'dissect' | 'places'> {
  readonly fields: NamedFields<F>
  /** `dissect` with the fields already bound. */
  readonly read: (c: Cursor) => Next | undefined
  /** The bit that stands for it in a packet's `protocols`: given out by stack.ts. */
  bit: number
  /** What is at hand after a skim, by field. */
  readonly atHand: ReadonlyMap<Field, Place>
}

/** Where a stream parser stands: which side wrote the bytes, and what the conversation has agreed on. */
export interface StreamPosition {
  readonly flow: Flow
  readonly fromClient: boolean
  /** True once the side has closed (FIN): what is there is all that will come. */
  readonly ended: boolean
}

/** Any protocol, when its fields are of no interest to the caller. */
export type AnyProtocol = Omit<Protocol, 'fields'> & { readonly fields: Readonly<Record<string, Field>> }

/** A protocol that rides in a byte stream and so must say where its messages end. */
export interface StreamProtocol extends AnyProtocol {
  /**
   * The length of the first message in `bytes`, header and body; may be more than what is there.
   * `undefined` when more bytes are needed to tell.
   */
  frameLength(bytes: Uint8Array, position: StreamPosition): number | undefined
  /** The same of the message that begins at `start`, without a view of it, where that is quick to say; 0 where it is not. */
  plainLength?(bytes: Uint8Array, start: number, end: number): number
  /** Whether the first bytes of a stream look like ours, on whatever port; `undefined`: too few to tell. */
  recognises?(bytes: Uint8Array, position: StreamPosition): boolean | undefined
}

/** Shared by the rarest, and by those that stand in no stack. */
export const LAST_BIT = 1 << 31

/** Declares a protocol: names its fields and binds them to the reader. */
export function protocol<const F extends Record<string, FieldSpec>>(
  declaration: Declaration<F>,
): Protocol<F> {
  const { dissect, fields: specs, places = {} } = declaration
  const named: Record<string, Field> = {}
  for (const [key, spec] of Object.entries(specs) as [string, FieldSpec<Value>][]) {
    const name = key.startsWith('=') ? key.slice(1) : `${declaration.id}.${key}`
    named[key] = { spec: declaration.spec, ...spec, name }
  }
  const fields = named as NamedFields<F>
  const atHand = new Map<Field, Place>()
  for (const [key, field] of Object.entries(named)) {
    const place = (places as Readonly<Record<string, Place | undefined>>)[key]
    if (place !== undefined) atHand.set(field, place)
  }
  const { id, name, short, osi, unit, spec, about, wordy, skim } = declaration
  const read = (c: Cursor) => dissect(c, fields)
  // One shape for all of them, which a spread would not give: whoever reads packets asks now this one, now that one.
  const bit = LAST_BIT
  return { id, name, short, osi, unit, spec, about, wordy, skim, fields, atHand, bit, read } as Protocol<F>
}

/** The same for a protocol in a stream. */
export function streamProtocol<const F extends Record<string, FieldSpec>>(
  declaration: Declaration<F> & Pick<StreamProtocol, 'frameLength' | 'plainLength' | 'recognises'>,
): Protocol<F> & StreamProtocol {
  const { frameLength, plainLength, recognises, ...rest } = declaration
  const declared = protocol(rest as Declaration<F>)
  return Object.assign(declared, { frameLength, plainLength, recognises }) as Protocol<F> & StreamProtocol
}
