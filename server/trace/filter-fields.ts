/** Every name that a display filter may use: protocols, fields, their aliases, and the frame's own. */
import type { Completion, CompletionList } from '../dashboard/api.ts'
import type { Span } from '../protocols/cursor.ts'
import type { Field, FieldType, Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import type { AnyProtocol } from '../protocols/protocol.ts'
import { PROTOCOLS, Stack } from '../protocols/stack.ts'

/** What a name in a filter stands for. */
export interface FilterName {
  readonly name: string
  readonly label: string
  readonly type: FieldType | 'protocol'
  readonly about: string | null
  /** Bits of the protocols that a packet must have to contain it; 0 when every packet may. */
  readonly bits: number
  /** Names of the known codes, for comparison with text. */
  readonly codes: Readonly<Record<number, string>> | undefined
  values(packet: Packet): Value[]
}

const stack = new Stack()
const catalogue = new Map<string, FilterName>()

function frameField(
  name: string,
  label: string,
  type: FieldType | 'protocol',
  about: string,
  read: (packet: Packet) => Value,
): void {
  catalogue.set(name, {
    name,
    label,
    type,
    about,
    bits: 0,
    codes: undefined,
    values: (packet) => [read(packet)],
  })
}

frameField('frame', 'Frame', 'protocol', 'Every packet: the bytes as they were captured.', frameBytes)
frameField(
  'frame.number',
  'Frame Number',
  'uint',
  'Counts from 1 in order of capture.',
  (packet) => packet.number,
)
frameField('frame.len', 'Frame Length', 'uint', 'Bytes on the wire.', (packet) => packet.originalLength)
frameField('frame.cap_len', 'Capture Length', 'uint', 'Bytes held.', (packet) => frameBytes(packet).length)
frameField(
  'frame.time_relative',
  'Time since first frame',
  'duration',
  'Seconds since the first packet of the capture.',
  (packet) => Number(packet.time - (packet.surroundings.start ?? packet.time)) / 1e9,
)
frameField(
  'frame.time_epoch',
  'Epoch Time',
  'duration',
  'Seconds since 1970, to the microsecond.',
  (packet) => Number(packet.time / 1000n) / 1e6,
)
frameField(
  'frame.protocols',
  'Protocols in frame',
  'string',
  'Their names, outermost first; `ethertype` where a type number of Ethernet led on.',
  protocolNames,
)

const ETHERTYPES = new Set(['eth.type', 'vlan.etype', 'sll.etype'])

/** As tshark writes them: `eth:ethertype:ip:tcp`. */
export function protocolNames(packet: Packet): string {
  const names: string[] = []
  for (const { protocol, fields } of packet.layers) {
    // A note of our own has no bytes, nor has the cable, which tshark doesn't know.
    if (protocol.osi <= 1) continue
    names.push(protocol.id)
    if (fields.some(({ field }) => ETHERTYPES.has(field.name))) names.push('ethertype')
  }
  return names.join(':')
}

function frameBytes(packet: Packet): Uint8Array {
  return packet.buffers[0]?.bytes ?? new Uint8Array(0)
}

for (const protocol of PROTOCOLS) addProtocol(protocol)
for (const protocol of PROTOCOLS) {
  for (const field of Object.values(protocol.fields)) {
    addField(field.name, field, protocol)
    for (const alias of field.aliases ?? []) addField(alias, field, protocol)
  }
}

function addProtocol(protocol: AnyProtocol): void {
  const known = catalogue.get(protocol.id)
  catalogue.set(protocol.id, {
    name: protocol.id,
    label: protocol.name,
    type: 'protocol',
    about: protocol.about,
    bits: known === undefined ? stack.bit(protocol) : 0,
    codes: undefined,
    values: (packet) =>
      packet.layers
        .filter((layer) => layer.protocol.id === protocol.id)
        .map((layer) => packet.buffers[layer.buffer]?.bytes.subarray(layer.start) ?? new Uint8Array(0)),
  })
}

interface FieldName extends FilterName {
  readonly fields: ReadonlySet<Field>
}

function addField(name: string, field: Field, protocol: AnyProtocol): void {
  const known = catalogue.get(name)
  const fields = new Set<Field>(known !== undefined && 'fields' in known ? (known as FieldName).fields : [])
  fields.add(field)
  const bits = stack.bit(protocol)
  const entry: FieldName = {
    name,
    label: known?.label ?? field.label,
    type: field.type,
    about: known?.about ?? field.about ?? null,
    bits: known === undefined || known.bits === bits ? bits : 0,
    codes: field.values,
    fields,
    values: (packet) => {
      const found: Value[] = []
      for (const layer of packet.layers) collect(layer.fields, fields, found)
      return found
    },
  }
  catalogue.set(name, entry)
}

function collect(spans: readonly Span[], fields: ReadonlySet<Field>, found: Value[]): void {
  for (const span of spans) {
    if (fields.has(span.field)) found.push(span.value)
    if (span.children !== undefined) collect(span.children, fields, found)
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

/** The name that somebody who wrote this most likely meant. */
export function nearestName(wrong: string): string | undefined {
  const lower = wrong.toLowerCase()
  if (catalogue.has(lower)) return lower
  const names = [...catalogue.keys()]
  // The end of a name whose protocol was left out: `syn` for `tcp.flags.syn`.
  const ending = names.find((name) => name.endsWith(`.${lower}`))
  if (ending !== undefined) return ending
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(lower.length / 4)) + 1
  for (const name of names) {
    const distance = editDistance(lower, name, bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best ?? names.find((name) => name.startsWith(lower))
}

/** Damerau and Levenshtein's: insertions, deletions, substitutions and swaps of neighbours; `limit` or more is cut off. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    if (Math.min(...row) >= limit) return limit
    before = previous
    previous = row
  }
  return previous[b.length] ?? limit
}

const COMPLETIONS = 60

/** Names that could replace the word at the caret: those that begin like it first, then those that contain it. */
export function complete(text: string, at: number): CompletionList {
  const caret = Math.min(Math.max(0, at), text.length)
  let from = caret
  while (from > 0 && /[A-Za-z0-9_.]/.test(text.charAt(from - 1))) from--
  let to = caret
  while (to < text.length && /[A-Za-z0-9_.]/.test(text.charAt(to))) to++
  const typed = text.slice(from, caret).toLowerCase()
  if (insideString(text, from) || /^[0-9]/.test(typed)) return { from, to, names: [] }
  const all = filterNames()
  const beginning = all.filter(({ name }) => name.startsWith(typed))
  const shown = typed.includes('.') ? beginning : protocolsFirst(beginning)
  const containing =
    typed.length < 2 ? [] : all.filter(({ name }) => !name.startsWith(typed) && name.includes(typed))
  return { from, to, names: [...shown, ...containing].slice(0, COMPLETIONS).map(completion) }
}

function protocolsFirst(names: readonly FilterName[]): FilterName[] {
  return [
    ...names.filter(({ type }) => type === 'protocol'),
    ...names.filter(({ type }) => type !== 'protocol'),
  ]
}

function completion({ name, label, type, about }: FilterName): Completion {
  return { name, label, type, about }
}

function insideString(text: string, at: number): boolean {
  let inside = false
  for (let i = 0; i < at; i++) {
    if (inside && text[i] === '\\') i++
    else if (text[i] === '"') inside = !inside
  }
  return inside
}
