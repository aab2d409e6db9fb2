/** `-T fields`: chosen fields of a packet as one line, as tshark writes them. */
import { UsageError } from '../errors.ts'
import type { Span } from '../protocols/cursor.ts'
import type { Field } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { filterName, nearestName, protocolNames } from '../trace/filter-fields.ts'
import type { Columns } from '../trace/rows.ts'
import { formatTime } from '../trace/time.ts'

/** Values of one field in one packet, in the order in which they stand. */
type Values = (packet: Packet, row: Columns) => readonly string[]

/** tshark's `-E`: how the line is put together. */
export interface LineStyle {
  header: boolean
  separator: string
  /** First, last or all occurrences of a field. */
  occurrence: 'f' | 'l' | 'a'
  aggregator: string
  quote: string
}

const COMPUTED: Readonly<Record<string, Values>> = {
  frame: (packet) => [`Frame ${packet.number}`],
  'frame.number': (packet) => [String(packet.number)],
  'frame.time_epoch': (_, row) => [row.time],
  // Not by way of a number: nine decimals behind a year of seconds are more than it holds.
  'frame.time_relative': (packet) => [formatTime(packet.time - (packet.surroundings.start ?? packet.time))],
  'frame.len': (packet) => [String(packet.originalLength)],
  'frame.cap_len': (packet) => [String(packet.buffers[0]?.bytes.length ?? 0)],
  'frame.protocols': (packet) => [protocolNames(packet)],
  '_ws.col.Number': (packet) => [String(packet.number)],
  '_ws.col.Time': (_, row) => [row.timeRelative.toFixed(6)],
  '_ws.col.Source': (_, row) => [row.source],
  '_ws.col.Destination': (_, row) => [row.destination],
  '_ws.col.Protocol': (_, row) => [row.protocol],
  '_ws.col.Length': (_, row) => [String(row.length)],
  '_ws.col.Info': (_, row) => [row.info],
}

/** Reads `-E` options, such as `header=y`. Throws a UsageError. */
export function lineStyle(options: readonly string[]): LineStyle {
  const style: LineStyle = { header: false, separator: '\t', occurrence: 'a', aggregator: ',', quote: '' }
  for (const option of options) {
    const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(option) ?? []
    if (name === 'header' && /^[yn]$/.test(value)) style.header = value === 'y'
    else if (name === 'separator' && value !== '') style.separator = characterOf(value)
    else if (name === 'aggregator' && value !== '') style.aggregator = characterOf(value)
    else if (name === 'occurrence' && (value === 'f' || value === 'l' || value === 'a'))
      style.occurrence = value
    else if (name === 'quote' && /^[dsn]$/.test(value)) style.quote = { d: '"', s: "'" }[value] ?? ''
    else {
      throw new UsageError(
        `-E ${option}: expected header=y|n, separator=/t|/s|CHARACTER, occurrence=f|l|a, ` +
          'aggregator=,|/s|CHARACTER or quote=d|s|n',
      )
    }
  }
  return style
}

function characterOf(value: string): string {
  if (value === '/t') return '\t'
  if (value === '/s') return ' '
  return value
}

/** Finds the fields by Wireshark's names, aliases included. Throws a UsageError that names every unknown one. */
export function fieldReaders(names: readonly string[]): Values[] {
  const unknown = names.filter((name) => COMPUTED[name] === undefined && filterName(name) === undefined)
  if (unknown.length > 0) {
    throw new UsageError(
      unknown.map((name) => {
        const meant = nearestName(name)
        return `-e ${name}: there is no such field${meant === undefined ? '' : `; did you mean ${meant}?`}`
      }),
    )
  }
  return names.map((name) => COMPUTED[name] ?? ((packet) => valuesOf(packet, name)))
}

export function fieldsLine(
  readers: readonly Values[],
  style: LineStyle,
  packet: Packet,
  row: Columns,
): string {
  const cells = readers.map((values) => {
    const all = values(packet, row)
    const chosen = style.occurrence === 'f' ? all.slice(0, 1) : style.occurrence === 'l' ? all.slice(-1) : all
    const text = chosen.join(style.aggregator)
    return text === '' ? '' : style.quote + text + style.quote
  })
  return `${cells.join(style.separator)}\n`
}

function valuesOf(packet: Packet, name: string): string[] {
  const found: string[] = []
  const collect = (spans: readonly Span[]) => {
    for (const span of spans) {
      if (span.field.name === name || span.field.aliases?.includes(name)) found.push(fieldText(span))
      if (span.children !== undefined) collect(span.children)
    }
  }
  for (const layer of packet.layers) {
    if (layer.protocol.id === name) found.push(layer.protocol.name)
    collect(layer.fields)
  }
  return found
}

/** A value without its name or unit: flags as 1 or 0, and 1 for a heading that is there, as tshark has it. */
function fieldText({ field, value }: Span): string {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  }
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (field.type === 'none') return '1'
  if (typeof value === 'string') return escaped(value)
  if (field.type === 'duration') return Number(value).toFixed(9)
  return field.base === 'hex' ? `0x${value.toString(16).padStart(hexDigits(field), '0')}` : value.toString()
}

/** Two a byte, of the bytes that the field reaches over. */
function hexDigits({ size, mask }: Field): number {
  return mask === 0 ? size * 2 : Math.ceil((32 - Math.clz32(mask)) / 8) * 2
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** On one line, in one column; a backslash stays as it is, as in tshark. */
function escaped(text: string): string {
  return text.replaceAll(/[\n\r\t]/g, (found) => ESCAPES[found] ?? found)
}
