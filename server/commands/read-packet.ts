/** `-T text` and `-V`: a packet as tshark prints it, one line or the whole tree. */
import type { Span } from '../protocols/cursor.ts'
import { formatValue } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import type { Columns } from '../trace/rows.ts'

/** The packet list's line, in tshark's columns. */
export function summaryLine(row: Columns): string {
  const number = String(row.number).padStart(5)
  const time = row.timeRelative.toFixed(6).padStart(10)
  const addresses = `${row.source.padStart(12)} → ${row.destination.padEnd(12)}`
  return `${number} ${time} ${addresses} ${row.protocol} ${row.length} ${oneLine(row.info)}\n`
}

/** Every layer and field, indented by four. */
export function treeText(packet: Packet, row: Columns): string {
  const [frame] = packet.buffers
  const captured = frame?.bytes.length ?? 0
  let out = `Frame ${row.number}: ${amount(row.length)} on wire, ${amount(captured)} captured\n`
  out += `    Time: ${row.time}\n`
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

/** Text from the network must not write on the reader's terminal, nor begin a line of its own. */
function oneLine(text: string): string {
  return text.replaceAll(CONTROLS, (found) => {
    if (found === '\n') return '\\n'
    if (found === '\r') return '\\r'
    if (found === '\t') return '\\t'
    return `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

// C0, DEL and C1: among them the escape that starts a terminal's commands.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g
