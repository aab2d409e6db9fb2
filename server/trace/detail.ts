/** One packet to the last bit, in the shape of the API. */
import type { FieldNode, LayerNode, PacketDetail, Row } from '../dashboard/api.ts'
import type { Span } from '../protocols/cursor.ts'
import { formatValue, type Value } from '../protocols/field.ts'
import type { Layer, Packet } from '../protocols/packet.ts'

/** Longer values are cut: their bytes stand in the buffers anyway. */
const VALUE_BYTES = 1024
const VALUE_CHARACTERS = 4096
const TEXT_CHARACTERS = 1024

export function packetDetail(packet: Packet, row: Row): PacketDetail {
  return {
    number: packet.number,
    time: row.time,
    timeRelative: row.timeRelative,
    provenance: row.provenance,
    fate: row.fate,
    length: packet.originalLength,
    captured: packet.buffers[0]?.bytes.length ?? 0,
    row,
    layers: packet.layers.map(layerNode),
    buffers: packet.buffers.map(({ name, bytes }) => ({ name, base64: base64(bytes) })),
  }
}

function layerNode(layer: Layer): LayerNode {
  const { protocol, buffer, start, end, parent } = layer
  return {
    protocol: protocol.id,
    name: protocol.name,
    // A comment is no layer of the packet.
    osi: protocol.id === 'pkt_comment' ? 0 : protocol.osi,
    unit: protocol.unit,
    about: protocol.about,
    spec: protocol.spec,
    buffer,
    start,
    end,
    parent,
    fields: layer.fields.map(fieldNode),
  }
}

function fieldNode(span: Span): FieldNode {
  const { field, value, buffer, start, end } = span
  return {
    name: field.name,
    label: field.label,
    value: jsonValue(value),
    type: field.type,
    text: cut(span.text ?? formatValue(field, value), TEXT_CHARACTERS),
    buffer,
    start,
    end,
    mask: field.mask,
    about: field.about ?? null,
    spec: field.spec ?? null,
    children: span.children?.map(fieldNode) ?? [],
  }
}

function jsonValue(value: Value): string | number | boolean {
  if (value instanceof Uint8Array) return view(value.subarray(0, VALUE_BYTES)).toString('hex')
  if (typeof value === 'bigint') return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString()
  return typeof value === 'string' ? cut(value, VALUE_CHARACTERS) : value
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text
}

function base64(bytes: Uint8Array): string {
  return view(bytes).toString('base64')
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
