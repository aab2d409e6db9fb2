/**
 * Options of the IPv4 header, RFC 791 §3.1: kinds 0 and 1 are a single byte, all others have a length.
 *
 *  +--------+--------+----------…
 *  |  type  | length | data
 *  +--------+--------+----------…
 *   copied (1 bit), class (2 bits), number (5 bits)
 */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'
import {
  LOOSE_SOURCE_ROUTE,
  type OPTION_FIELDS,
  OPTION_HEADINGS,
  OPTION_NAMES,
  RECORD_ROUTE,
  STRICT_SOURCE_ROUTE,
} from './ipv4-option-fields.ts'
import type { NamedFields } from './protocol.ts'

type OptionFields = NamedFields<typeof OPTION_FIELDS>

/** The field that a source route's last address is, instead of the one in the header. */
interface Destination {
  readonly dst: Field<string>
}

const NOP = 1
const TIMESTAMP = 68
const TRACEROUTE = 82
const MTU_PROBE = 11
const MTU_REPLY = 12
const STREAM_ID = 136
const ROUTER_ALERT = 148
const BROADCAST = 149
const NOPS_IN_A_ROW = 4
const ADDRESS = 4
/** Of an option: type, length and pointer. */
const ROUTE_HEAD = 3

/** Lengths of the options that have only one. */
const FIXED: Readonly<Record<number, number>> = {
  [MTU_PROBE]: 4,
  [MTU_REPLY]: 4,
  [TRACEROUTE]: 12,
  [STREAM_ID]: 4,
  [ROUTER_ALERT]: 4,
}

/**
 * Where the final destination stands, in options from `start` to `end` that prescribe a route which is not yet
 * travelled: the header's is then only the next stop. 0 where there is none.
 */
export function routedTo(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const type = bytes[at] ?? 0
    if (type === 0) return 0
    const length = type === NOP ? 1 : (bytes[at + 1] ?? 0)
    if (at + length > end || (type !== NOP && length < 2)) return 0
    if (type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE) {
      const pointer = bytes[at + 2] ?? 0
      const travelled = pointer < ADDRESS || (pointer & 3) !== 0 || pointer > length
      return travelled || (length & 3) !== ROUTE_HEAD ? 0 : at + length - ADDRESS
    }
    at += length
  }
  return 0
}

/**
 * Reads options up to `headerEnd`; a length that leads out of the header is noted, and the payload still read. One that
 * is wrong for its option ends the layer with an error.
 */
export function readOptions(
  c: Cursor,
  f: OptionFields & Destination,
  headerEnd: number,
  routed: number,
): void {
  if (headerEnd > c.end) c.need('Options', headerEnd - c.pos)
  let nops = 0
  while (c.recording && c.pos < headerEnd) {
    const type = c.glance(f['opt.type'])
    nops = type === NOP ? nops + 1 : 0
    if (!readOption(c, f, type, headerEnd, routed)) break
    if (nops === NOPS_IN_A_ROW) c.put(f.nop, '', c.pos - 1, c.pos)
  }
  c.pos = headerEnd
}

function readOption(
  c: Cursor,
  f: OptionFields & Destination,
  type: number,
  headerEnd: number,
  routed: number,
): boolean {
  const name = OPTION_NAMES[type] ?? `Unknown (${type})`
  const single = type <= NOP
  const length = single ? 1 : c.pos + 1 < headerEnd ? c.glance(f['opt.len'], 1) : 0
  if (!single && (length < 2 || c.pos + length > headerEnd)) {
    const why = `expected a length from 2 to ${headerEnd - c.pos}, found ${length}`
    c.put(f['opt.len.invalid'], '', c.pos, headerEnd)
    c.problem(`${name} option`, why, c.pos, headerEnd)
    return false
  }
  const start = c.pos
  const end = start + length
  const key = OPTION_HEADINGS[type]
  if (key === undefined) {
    // Wireshark shows no field of an option that it does not know.
    c.group(f['opt.unknown'], '', () => c.takeBytes(f['opt.data'], length), `${name}, ${length} bytes`)
    return true
  }
  const body = () => {
    c.group(f['opt.type'], type, () => {
      c.peek(f['opt.type.copy'])
      c.peek(f['opt.type.class'])
      c.take(f['opt.type.number'])
    })
    if (!single) c.take(f['opt.len'])
    if (length !== (FIXED[type] ?? length)) {
      c.put(f['opt.len.invalid'], '', start, end)
      // What rides behind the options is read all the same, as by who skims them.
      c.problem(`${name} option`, `expected a length of ${FIXED[type]}, found ${length}`, start, end)
    } else readData(c, f, type, end, routed)
    c.pos = end
  }
  c.group(f[key], c.bytes.subarray(start, end), body, single ? name : `${name}, ${length} bytes`)
  return type !== 0
}

function readData(c: Cursor, f: OptionFields & Destination, type: number, end: number, routed: number): void {
  switch (type) {
    case RECORD_ROUTE:
    case LOOSE_SOURCE_ROUTE:
    case STRICT_SOURCE_ROUTE:
      route(c, f, type === RECORD_ROUTE, end, routed)
      break
    case TIMESTAMP:
      timestamps(c, f, end)
      break
    case ROUTER_ALERT:
      c.take(f['opt.ra'])
      break
    case STREAM_ID:
      c.take(f['opt.sid'])
      break
    case MTU_PROBE:
    case MTU_REPLY:
      c.take(f['opt.mtu'])
      break
    case TRACEROUTE:
      c.take(f['opt.id_number'])
      c.take(f['opt.ohc'])
      c.take(f['opt.rhc'])
      c.take(f['opt.originator'])
      break
    case BROADCAST:
      while (end - c.pos >= ADDRESS) c.take(f['opt.addr'])
      break
    default:
      if (end > c.pos) c.takeBytes(f['opt.data'], end - c.pos)
  }
}

/** Addresses before the pointer have been written by routers; those behind it are to come. */
function route(
  c: Cursor,
  f: OptionFields & Destination,
  recorded: boolean,
  end: number,
  routed: number,
): void {
  const start = c.pos - 2
  if (c.pos >= end) {
    c.problem('Pointer', 'the option ends before it', start, end)
    return
  }
  const pointer = c.take(f['opt.ptr'])
  if (pointer < ADDRESS) c.put(f['opt.ptr.before_address'], '', c.pos - 1, c.pos)
  else if ((pointer & 3) !== 0) c.put(f['opt.ptr.middle_address'], '', c.pos - 1, c.pos)
  while (end - c.pos >= ADDRESS) {
    const written = c.pos - start + 1 < pointer
    if (written) c.take(f.rec_rt)
    else if (recorded) c.take(f.empty_rt)
    else c.take(c.pos === routed ? f.dst : f.src_rt)
  }
  if (c.pos < end) c.put(f.subopt_too_long, '', c.pos, end)
}

/** With flag 0 only times; with 1 and 3 each behind its router's address. */
function timestamps(c: Cursor, f: OptionFields, end: number): void {
  const start = c.pos - 2
  if (c.pos >= end) {
    c.problem('Pointer', 'the option ends before it', start, end)
    return
  }
  c.take(f['opt.ptr'])
  if (c.pos >= end) {
    c.problem('Flag', 'the option ends before it', start, end)
    return
  }
  c.peek(f['opt.overflow'])
  const flag = c.take(f['opt.flag'])
  while (end - c.pos >= (flag === 0 ? ADDRESS : 2 * ADDRESS)) {
    if (flag !== 0) c.take(f['opt.time_stamp_addr'])
    c.take(f['opt.time_stamp'])
  }
}
