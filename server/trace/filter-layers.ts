/** The bytes of a protocol's layers, as a filter sees them. */
import type { Layer, Packet } from '../protocols/packet.ts'
import { isInRanges, type Range } from './filter-ranges.ts'

/**
 * Protocols whose own bytes, for Wireshark, are their header alone; of the others all that they carry is part. What it
 * searches with `contains` and `matches` always goes on to the end.
 */
const HEADERS: ReadonlySet<string> = new Set([
  'eth',
  'vlan',
  'sll',
  'null',
  'ip',
  'ipv6',
  'ipv6.hopopts',
  'ipv6.dstopts',
  'ipv6.routing',
  'ipv6.fraghdr',
  'ah',
  'udp',
])

/** The own bytes of each layer of a protocol. */
export function layersOf(packet: Packet, id: string, layers?: readonly Range[]): Uint8Array[] {
  return chosen(packet, id, layers).map((layer) =>
    bytesOf(packet, layer, HEADERS.has(id) ? layer.end : endOf(packet, layer)),
  )
}

/** Each layer of a protocol with everything that it carries. */
export function restOf(packet: Packet, id: string, layers?: readonly Range[]): Uint8Array[] {
  return chosen(packet, id, layers).map((layer) => bytesOf(packet, layer, endOf(packet, layer)))
}

export function hasLayer(packet: Packet, id: string, layers?: readonly Range[]): boolean {
  if (layers !== undefined) return chosen(packet, id, layers).length > 0
  for (const { protocol } of packet.layers) if (protocol.id === id) return true
  return false
}

function chosen(packet: Packet, id: string, ranges: readonly Range[] | undefined): Layer[] {
  const all = packet.layers.filter(({ protocol }) => protocol.id === id)
  return ranges === undefined ? all : all.filter((_, i) => isInRanges(ranges, i + 1, all.length))
}

function bytesOf(packet: Packet, { buffer, start }: Layer, end: number): Uint8Array {
  return packet.buffers[buffer]?.bytes.subarray(start, Math.max(start, end)) ?? new Uint8Array(0)
}

/** Where the bytes that a layer was given end: the carrier's length field says so, what lies behind is padding. */
function endOf(packet: Packet, layer: Layer): number {
  let end = packet.buffers[layer.buffer]?.bytes.length ?? 0
  for (let at: Layer | undefined = layer; at !== undefined; at = packet.layers[at.parent]) {
    if (at.buffer !== layer.buffer) break
    const length = lengthOf(packet, at)
    if (length > 0) end = Math.min(end, at.start + length)
  }
  return end
}

/** What a header's own length field says of header and payload together; 0 where it has none. */
function lengthOf(packet: Packet, { protocol: { id }, buffer, start }: Layer): number {
  const bytes = packet.buffers[buffer]?.bytes
  if (bytes === undefined) return 0
  const u16 = (at: number) => ((bytes[start + at] ?? 0) << 8) | (bytes[start + at + 1] ?? 0)
  if (id === 'ip') return u16(2)
  if (id === 'udp') return u16(4)
  if (id !== 'ipv6') return 0
  const payload = u16(4)
  return payload === 0 ? 0 : 40 + payload
}
