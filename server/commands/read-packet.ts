/** `-V`: a packet as a tree, as tshark prints it. */
import type { Span } from '../protocols/cursor.ts'
import { formatValue } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { formatTime } from '../trace/time.ts'
import { oneLine } from './terminal-text.ts'

/** Every layer and field, indented by four. */
export function treeText(packet: Packet): string {
  const [frame] = packet.buffers
  const captured = frame?.bytes.length ?? 0
  let out = `Frame ${packet.number}: ${amount(packet.originalLength)} on wire, ${amount(captured)} captured\n`
  out += `    Time: ${formatTime(packet.time)}\n`
  for (const layer of packet.layers) {
    const from = layer.buffer === 0 ? '' : ` [${packet.buffers[layer.buffer]?.name ?? ''}]`
    out += `${layer.protocol.name}${from}\n${fieldLines(layer.fields, packet, 1)}`
  }
  return `${out}\n`
}

function amount(bytes: number): string {
  return `${bytes} bytes (${bytes * 8} bits)`
}

function fieldLines(spans: readonly Span[], packet: Packet, depth: number): string {
  let out = ''
  for (const span of spans) {
    const { label } = span.field
    const text = oneLine(span.text ?? formatValue(span.field, span.value))
    out += `${'    '.repeat(depth)}${bitPattern(span, packet)}${text === '' ? label : `${label}: ${text}`}\n`
    if (span.children !== undefined) out += fieldLines(span.children, packet, depth + 1)
  }
  return out
}

/** `.... ..1. = ` before a field that is some bits of a word; nothing before others. */
function bitPattern({ field: { mask, size }, buffer, start }: Span, packet: Packet): string {
  const bytes = packet.buffers[buffer]?.bytes.subarray(start, start + size)
  if (mask === 0 || bytes === undefined) return ''
  let out = ''
  for (let bit = size * 8 - 1; bit >= 0; bit--) {
    const byte = bytes[size - 1 - (bit >> 3)] ?? 0
    out += (mask >>> bit) & 1 ? (byte >> (bit & 7)) & 1 : '.'
    if (bit % 4 === 0 && bit > 0) out += ' '
  }
  return `${out} = `
}
