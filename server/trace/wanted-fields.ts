/** The fields that somebody asks of each packet: a filter's and the printed ones, together. */
import type { Span } from '../protocols/cursor.ts'
import type { Field, Value } from '../protocols/field.ts'
import type { Layer, Packet, Recorded } from '../protocols/packet.ts'
import type { AnyProtocol, Place } from '../protocols/protocol.ts'
import type { Mark, Skim } from '../protocols/skim.ts'
import { PROTOCOLS, Stack } from '../protocols/stack.ts'

/** A layer that stands for one of each packet in turn. */
type LentLayer = { -readonly [K in keyof Layer]: Layer[K] }

/** A field, and where it is found after a skim. */
export interface AtHand {
  readonly field: Field
  readonly place: Place
}

const stack = new Stack()

/** Names as Wireshark has them, aliases and protocols included. */
export class WantedFields implements Recorded {
  readonly names: ReadonlySet<string>
  readonly fields: ReadonlySet<Field>
  readonly protocols: ReadonlySet<AnyProtocol>
  /** Of each protocol what is at hand after a skim, in the order of its header. */
  readonly #atHand = new Map<AnyProtocol, AtHand[]>()
  /** Bits of the protocols of which more is wanted than is at hand. */
  readonly #beyond: number
  /** Those that `fill` lends, outermost first. */
  readonly #layers: LentLayer[] = []

  constructor(names: Iterable<string>) {
    this.names = new Set(names)
    const fields = new Set<Field>()
    const protocols = new Set<AnyProtocol>()
    let beyond = 0
    for (const protocol of PROTOCOLS) {
      // The bytes of a layer are known only when it was dissected.
      if (this.names.has(protocol.id)) beyond |= stack.bit(protocol)
      for (const field of Object.values(protocol.fields)) {
        if (!this.names.has(field.name) && !field.aliases?.some((alias) => this.names.has(alias))) continue
        fields.add(field)
        protocols.add(protocol)
        const place = protocol.atHand.get(field)
        if (place === undefined) beyond |= stack.bit(protocol)
        else this.#add(protocol, { field, place })
      }
    }
    this.fields = fields
    this.protocols = protocols
    this.#beyond = beyond
  }

  /** Both. */
  with(other: WantedFields): WantedFields {
    return new WantedFields([...this.names, ...other.names])
  }

  /** Whether all that is wanted of a packet with those protocols can be read where it stands. */
  areAtHand(protocols: number): boolean {
    return (protocols & this.#beyond) === 0
  }

  /** Lends a packet the layers that a skim passed, and of their fields those that are wanted: until it is called again. */
  fill(packet: Packet, skim: Skim): void {
    const { marks, marked } = skim
    let buffer = 0
    let bytes: Uint8Array | undefined
    for (let i = 0; i < marked; i++) {
      const mark = marks[i]
      if (mark === undefined) return
      if (mark.bytes !== undefined && mark.bytes !== bytes) {
        bytes = mark.bytes
        buffer = packet.addBuffer('Payload', bytes)
      }
      const layer = this.#layer(i, mark, mark.bytes === undefined ? 0 : buffer)
      const wanted = this.#atHand.get(mark.protocol)
      if (wanted !== undefined) put(layer, layer.fields, wanted, skim, mark)
      packet.layers.push(layer)
    }
  }

  #layer(place: number, { protocol, start, end }: Mark, buffer: number): LentLayer {
    const layer = this.#layers[place]
    if (layer === undefined) {
      const made: LentLayer = { protocol, buffer, start, end, parent: place - 1, fields: [] }
      this.#layers.push(made)
      return made
    }
    layer.protocol = protocol
    layer.buffer = buffer
    layer.start = start
    layer.end = end
    if (layer.fields.length > 0) layer.fields = []
    return layer
  }

  #add(protocol: AnyProtocol, wanted: AtHand): void {
    const known = this.#atHand.get(protocol)
    if (known === undefined) this.#atHand.set(protocol, [wanted])
    else known.push(wanted)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Of a layer that a skim passed; undefined where the field is not there. */
export function valueAt({ field, place }: AtHand, skim: Skim, mark: Mark): Value | undefined {
  const { bytes, start } = mark
  if (typeof place !== 'number') return place(skim, mark, bytes ?? skim.frameBytes)
  // Headers nearly always stand in the frame.
  return bytes === undefined
    ? field.read(skim.frameView, skim.frameStart + start + place)
    : field.read(viewOf(bytes), start + place)
}

function put(layer: Layer, fields: Span[], wanted: readonly AtHand[], skim: Skim, mark: Mark): void {
  const { buffer, start } = layer
  for (const each of wanted) {
    const value = valueAt(each, skim, mark)
    if (value === undefined) continue
    const { field, place } = each
    const at = typeof place === 'number' ? start + place : start
    fields.push({ field, value, buffer, start: at, end: typeof place === 'number' ? at + field.size : at })
  }
}
