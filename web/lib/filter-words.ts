/**
 * What a thing on the page is as a display filter, and how filters are put together. An element says it by
 * `data-filter`: one filter a line, the one that is most likely meant first.
 */
import type { EndpointNode, FieldNode, FlowNode, Row } from '../../server/dashboard/api.ts'

/** How a filter goes together with the one that is in force. */
export type Joining = 'instead' | 'and' | 'or' | 'not'

/** The filter in force with another one. What is there already is not said twice. */
export function joined(current: string, filter: string, how: Joining): string {
  const now = current.trim()
  if (how === 'instead') return filter
  if (how === 'not') {
    const negated = `!(${filter})`
    return now === '' ? negated : now.endsWith(negated) ? now : `${grouped(now, 'and')} && ${negated}`
  }
  if (now === '' || now === filter) return filter
  const sign = how === 'and' ? '&&' : '||'
  if (now.endsWith(` ${sign} ${filter}`)) return now
  return `${grouped(now, how)} ${sign} ${grouped(filter, how)}`
}

/** In parentheses where it would be torn apart, or where a reader had to know which of and, or, xor binds first. */
function grouped(filter: string, how: 'and' | 'or'): string {
  const signs = outerSigns(filter)
  signs.delete(how)
  return signs.size === 0 ? filter : `(${filter})`
}

/** Text and patterns, in which nothing is a sign. */
const QUOTED = /r?"(?:[^"\\]|\\.)*"/g
const SIGNS = /\|\||&&|\^\^|\b(?:or|and|xor)\b|[()]/g
const NAMES: Readonly<Record<string, string>> = { '||': 'or', '&&': 'and', '^^': 'xor' }

function outerSigns(filter: string): Set<string> {
  const found = new Set<string>()
  let depth = 0
  for (const [sign] of filter.replace(QUOTED, '""').matchAll(SIGNS)) {
    if (sign === '(') depth++
    else if (sign === ')') depth--
    else if (depth === 0) found.add(NAMES[sign] ?? sign)
  }
  return found
}

/** Beyond this a value is no filter that one would read; that the field is there still is one. */
const MOST_CHARACTERS = 80
const MOST_BYTES = 24

/** A field as a filter: `tcp.srcport == 4001`. Without a value, or with a long one, that it is there. */
export function fieldFilter({ name, type, value }: Pick<FieldNode, 'name' | 'type' | 'value'>): string {
  const text = literal(type, value)
  return text === undefined ? name : `${name} == ${text}`
}

function literal(type: FieldNode['type'], value: FieldNode['value']): string | undefined {
  if (type === 'none' || value === '') return undefined
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return type === 'duration' ? seconds(value) : String(value)
  if (type === 'string') return value.length > MOST_CHARACTERS ? undefined : quoted(value)
  if (type !== 'bytes') return value
  return value.length > 2 * MOST_BYTES ? undefined : (value.match(/../g)?.join(':') ?? undefined)
}

/** Never with an exponent: the filter has none. */
function seconds(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '')
}

/** Text as the filter quotes it: C's escapes for what can't stand in a line. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, escaped)}"`
}

function escaped(control: string): string {
  // From 128 on the escape would be one byte, and the character is two.
  if (control > '\u007f') return control
  return NAMED_ESCAPES[control] ?? `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A packet list's column of the protocol as the filter names it; undefined for what is no protocol. */
export function protocolFilter(column: string): string | undefined {
  if (column.startsWith('TLSv') || column.startsWith('SSLv')) return 'tls'
  return OTHER_NAMES[column] ?? /^[a-z][a-z0-9]*$/.exec(column.toLowerCase().replaceAll('.', ''))?.[0]
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  IPv4: 'ip',
  Ethernet: 'eth',
  Loopback: 'null',
  '802.1ad': 'ieee8021ad',
}

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/
const ETHER = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i

/** An address as a sender, as a receiver, or as either; no line for what is none. */
export function addressFilters(address: string, side: 'src' | 'dst' | 'addr'): string[] {
  const family = IPV4.test(address)
    ? 'ip'
    : ETHER.test(address)
      ? 'eth'
      : address.includes(':')
        ? 'ipv6'
        : undefined
  if (family === undefined) return []
  const either = `${family}.addr == ${address}`
  return side === 'addr' ? [either] : [`${family}.${side} == ${address}`, either]
}

/** A conversation by its id: `tcp.3` is `tcp.stream == 3`. */
function flowFilter(id: string): string | undefined {
  const [, transport, number] = /^(tcp|udp)\.(\d+)$/.exec(id) ?? []
  return number === undefined ? undefined : `${transport}.stream == ${number}`
}

/** Several conversations; `tcp.stream in {1, 2}`. */
export function flowsFilter(ids: readonly string[]): string | undefined {
  const [only] = ids
  if (ids.length === 1 && only !== undefined) return flowFilter(only)
  const parts = ['tcp', 'udp'].flatMap((transport) => {
    const numbers = ids.flatMap((id) => new RegExp(`^${transport}\\.(\\d+)$`).exec(id)?.[1] ?? [])
    return numbers.length === 0 ? [] : [`${transport}.stream in {${numbers.join(', ')}}`]
  })
  return parts.length === 0 ? undefined : parts.join(' || ')
}

/** These packets and no others; undefined for none. */
export function framesFilter(numbers: readonly number[]): string | undefined {
  return numbers.length === 0 ? undefined : `frame.number in {${numbers.join(', ')}}`
}

/** A packet's cells, each with what it can be filtered by, as `data-filter` wants it. */
export function cellFilters(row: Row) {
  const flow = row.flow === null ? undefined : flowFilter(row.flow)
  return {
    number: lines([`frame.number == ${row.number}`, `frame.number >= ${row.number}`]),
    time: lines([
      `frame.time_relative >= ${seconds(row.timeRelative)}`,
      `frame.time_relative <= ${seconds(row.timeRelative)}`,
    ]),
    source: lines(addressFilters(row.source, 'src')),
    destination: lines(addressFilters(row.destination, 'dst')),
    protocol: protocolFilter(row.protocol),
    length: `frame.len == ${row.length}`,
    info: lines([flow, row.analysis[0] === undefined ? undefined : `tcp.analysis.${row.analysis[0]}`]),
  }
}

/** A conversation, or its ends. */
export function connectionFilters({ id, transport, client, server }: FlowNode): string | undefined {
  const port = (end: EndpointNode) => `${transport}.port == ${end.port}`
  return lines([flowFilter(id), port(client), port(server), addressFilters(client.address, 'addr')[0]])
}

function lines(filters: readonly (string | undefined)[]): string | undefined {
  const there = filters.filter((one) => one !== undefined)
  return there.length === 0 ? undefined : there.join('\n')
}

/** What a filter compares with, as it stands on the page: without quotes. Undefined where it compares nothing. */
export function comparedValue(filter: string): string | undefined {
  const [, value] = /^[\w.]+ == (.+)$/s.exec(filter) ?? []
  if (value?.startsWith('"') !== true) return value
  return value.slice(1, -1).replace(/\\(["\\])/g, '$1')
}
