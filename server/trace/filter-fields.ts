/** Every name that a display filter may use: protocols, fields, their aliases, and the frame's own. */
import type { Span } from '../protocols/cursor.ts'
import type { Field, Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import type { AnyProtocol } from '../protocols/protocol.ts'
import { PROTOCOLS, Stack } from '../protocols/stack.ts'
import { FRAME_FIELDS } from './filter-frame.ts'
import { hasLayer, layersOf, restOf } from './filter-layers.ts'
import { isInRanges, type Range } from './filter-ranges.ts'
import { type Key, keyOf, latin1, type ValueType } from './filter-values.ts'

/** What a name in a filter stands for. */
export interface FilterName {
  readonly name: string
  readonly label: string
  readonly type: ValueType
  readonly about: string | null
  /** Bits of the protocols that a packet must have to contain it; 0 when every packet may. */
  readonly bits: number
  /** Names of the known codes, for comparison with text. */
  readonly codes: Readonly<Record<number, string>> | undefined
  /** The largest number that fits in it; undefined where that isn't known. */
  readonly max: number | undefined
  /** Its length in bytes where that is always the same; 0 elsewhere. */
  readonly size: number
  /** The declared fields that bear it; none for a protocol or what is the frame's own. */
  readonly fields?: ReadonlySet<Field>
  /** What must be recorded of a packet to know it. */
  readonly needs: readonly string[]
  values(packet: Packet): Value[]
  /** As `values`, for comparison; only of those layers, counted from 1 among their protocol's, if some are named. */
  keys(packet: Packet, layers?: readonly Range[]): Key[]
  /** Whether it has a value at all; for a protocol its layers say so, without their bytes. */
  isIn(packet: Packet, layers?: readonly Range[]): boolean
  /** For a protocol, whose own bytes `keys` gives: these and all that it carries. */
  rest?(packet: Packet, layers?: readonly Range[]): Key[]
}

const stack = new Stack()
const catalogue = new Map<string, FilterName>()

for (const { name, label, type, about, needs = [], value, key } of FRAME_FIELDS) {
  const isFirst = (layers: readonly Range[] | undefined) => layers === undefined || isInRanges(layers, 1, 1)
  catalogue.set(name, {
    name,
    label,
    type,
    about,
    bits: 0,
    codes: undefined,
    max: type === 'uint' || type === 'frame' ? 0xffff_ffff : undefined,
    size: type === 'uint' || type === 'frame' ? 4 : 0,
    needs,
    values: (packet) => {
      const found = value(packet)
      return found === undefined ? [] : [found]
    },
    isIn: (packet, layers) => isFirst(layers) && (name === 'frame' || value(packet) !== undefined),
    keys: (packet, layers) => {
      if (!isFirst(layers)) return []
      if (key !== undefined) {
        const found = key(packet)
        return found === undefined ? [] : [found]
      }
      const found = value(packet)
      return found === undefined ? [] : [keyOf(type, found)]
    },
  })
}

for (const protocol of PROTOCOLS) addProtocol(protocol)
for (const protocol of PROTOCOLS) {
  for (const field of Object.values(protocol.fields)) {
    addField(field.name, field, protocol)
    for (const alias of field.aliases ?? []) addField(alias, field, protocol)
  }
}

function addProtocol(protocol: AnyProtocol): void {
  const { id } = protocol
  const known = catalogue.get(id)
  catalogue.set(id, {
    name: id,
    label: protocol.name,
    type: 'protocol',
    about: protocol.about,
    bits: known === undefined ? stack.bit(protocol) : 0,
    codes: undefined,
    max: undefined,
    size: 0,
    needs: [id],
    values: (packet) => layersOf(packet, id),
    isIn: (packet, layers) => hasLayer(packet, id, layers),
    keys: (packet, layers) => layersOf(packet, id, layers).map(latin1),
    rest: (packet, layers) => restOf(packet, id, layers).map(latin1),
  })
}

function addField(name: string, field: Field, protocol: AnyProtocol): void {
  const known = catalogue.get(name)
  const before = known?.fields === undefined ? undefined : known
  const fields = new Set<Field>(before?.fields)
  fields.add(field)
  const bits = stack.bit(protocol)
  const { type } = field
  const entry: FilterName = {
    name,
    label: known?.label ?? field.label,
    type,
    about: known?.about ?? field.about ?? null,
    bits: known === undefined || known.bits === bits ? bits : 0,
    codes: before?.codes ?? field.values,
    max: largest(fields),
    size: field.size,
    needs: [name],
    fields,
    values: (packet) => {
      const found: Value[] = []
      for (const layer of packet.layers) collect(layer.fields, fields, found)
      return found
    },
    isIn: (packet, layers) => {
      if (layers === undefined) return packet.layers.some((layer) => stands(layer.fields, fields))
      const found: Value[] = []
      collectLayers(packet, fields, layers, found)
      return found.length > 0
    },
    keys: (packet, layers) => {
      const found: Value[] = []
      if (layers === undefined) for (const layer of packet.layers) collect(layer.fields, fields, found)
      else collectLayers(packet, fields, layers, found)
      for (let i = 0; i < found.length; i++) (found as Key[])[i] = keyOf(type, found[i] ?? 0)
      return found as Key[]
    },
  }
  catalogue.set(name, entry)
}

/** Of numbers that stand on the wire; one that is computed may be anything. */
function largest(fields: ReadonlySet<Field>): number | undefined {
  let max = 0
  for (const { type, size } of fields) {
    if (type === 'frame') max = Math.max(max, 0xffff_ffff)
    else if (type === 'uint' && size > 0 && size <= 4) max = Math.max(max, 2 ** (8 * size) - 1)
    else return undefined
  }
  return max
}

function collect(spans: readonly Span[], fields: ReadonlySet<Field>, found: Value[]): void {
  for (const span of spans) {
    if (fields.has(span.field)) found.push(span.value)
    if (span.children !== undefined) collect(span.children, fields, found)
  }
}

function stands(spans: readonly Span[], fields: ReadonlySet<Field>): boolean {
  for (const span of spans) {
    if (fields.has(span.field)) return true
    if (span.children !== undefined && stands(span.children, fields)) return true
  }
  return false
}

/** A layer is counted among those of its own protocol, as in Wireshark's `ip.addr#2`. */
function collectLayers(
  packet: Packet,
  fields: ReadonlySet<Field>,
  ranges: readonly Range[],
  found: Value[],
): void {
  const seen = new Map<string, number>()
  for (const { protocol, fields: spans } of packet.layers) {
    const layer = (seen.get(protocol.id) ?? 0) + 1
    seen.set(protocol.id, layer)
    const count = packet.layers.filter((each) => each.protocol.id === protocol.id).length
    if (isInRanges(ranges, layer, count)) collect(spans, fields, found)
  }
}

export function filterName(name: string): FilterName | undefined {
  return catalogue.get(name)
}

/** Every name, in the order of the stack. */
export function filterNames(): FilterName[] {
  return [...catalogue.values()]
}

/** All values of a field (or an alias) in a packet, in the order in which they stand; none for an unknown name. */
export function fieldValues(packet: Packet, name: string): Value[] {
  return catalogue.get(name)?.values(packet) ?? []
}
