/** The fields that somebody asks of each packet: a filter's and the printed ones, together. */
import type { Span } from '../protocols/cursor.ts'
import type { Field } from '../protocols/field.ts'
import type { Layer, Packet, Recorded } from '../protocols/packet.ts'
import type { AnyProtocol, Place } from '../protocols/protocol.ts'
import type { Mark, Skim } from '../protocols/skim.ts'
import { PROTOCOLS, Stack } from '../protocols/stack.ts'

interface Wanted {
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
  readonly #atHand = new Map<AnyProtocol, Wanted[]>()
  /** Bits of the protocols of which more is wanted than is at hand. */
  readonly #beyond: number

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

  /** Gives a packet the layers that a skim passed, and of their fields those that are wanted. */
  fill(packet: Packet, skim: Skim): void {
    const { frameView, marks, marked } = skim
    let buffer = 0
    let bytes: Uint8Array | undefined
    for (let i = 0; i < marked; i++) {
      const mark = marks[i]
      if (mark === undefined) return
      if (mark.bytes !== undefined && mark.bytes !== bytes) {
        bytes = mark.bytes
        buffer = packet.addBuffer('Payload', bytes)
      }
      const fields: Span[] = []
      const { protocol, start, end } = mark
      const layer: Layer = {
        protocol,
        buffer: mark.bytes === undefined ? 0 : buffer,
        start,
        end,
        parent: i - 1,
        fields,
      }
      const wanted = this.#atHand.get(protocol)
      if (wanted !== undefined) put(layer, fields, wanted, skim, mark, frameView)
      packet.layers.push(layer)
    }
  }

  #add(protocol: AnyProtocol, wanted: Wanted): void {
    const known = this.#atHand.get(protocol)
    if (known === undefined) this.#atHand.set(protocol, [wanted])
    else known.push(wanted)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function put(
  layer: Layer,
  fields: Span[],
  wanted: readonly Wanted[],
  skim: Skim,
  mark: Mark,
  view: DataView,
): void {
  const { buffer, start } = layer
  for (const { field, place } of wanted) {
    if (typeof place === 'number') {
      const at = start + place
      const { bytes } = mark
      // Headers nearly always stand in the frame.
      const value =
        bytes === undefined ? field.read(view, skim.frameStart + at) : field.read(viewOf(bytes), at)
      fields.push({ field, value, buffer, start: at, end: at + field.size })
    } else {
      const value = place(skim, mark, mark.bytes ?? skim.frameBytes)
      if (value !== undefined) fields.push({ field, value, buffer, start, end: start })
    }
  }
}
