/**
 * Options of neighbour discovery, RFC 4861 §4.6.
 *
 *  +--------+--------------------------+---------…
 *  |  type  |  length in 8-byte units  | data
 *  +--------+--------------------------+---------…
 */
import { type Cursor, decodeText } from './cursor.ts'
import { dateText } from './echo-time.ts'
import { TYPE_IPV6 } from './ethertypes.ts'
import type { Icmpv6Fields } from './icmpv6-fields.ts'
import { ELSEWHERE, OPTION_TYPES } from './icmpv6-option-fields.ts'
import {
  IPV6_ADDRESS,
  MTU,
  NONCE,
  OPTION_UNIT,
  PREFIX,
  RDNSS,
  SOURCE_ADDRESS,
  TARGET_ADDRESS,
} from './icmpv6-types.ts'

const REDIRECTED = 4
const ADVERTISEMENT_INTERVAL = 7
const HOME_AGENT = 8
const TIMESTAMP = 13
const ROUTE = 24
const FLAGS = 26
const DNSSL = 31
const CAPTIVE_PORTAL = 37
const PREF64 = 38
const IPV6_HEADER = 40
const ETHERNET_ADDRESS = 6

/** The link-layer addresses that the options told, for the info column. */
export interface Told {
  source: string | undefined
  target: string | undefined
}

/** Reads options up to the end of the message; a length that is zero or leads out of it ends them with a note. */
export function readOptions(c: Cursor, f: Icmpv6Fields): Told {
  const told: Told = { source: undefined, target: undefined }
  while (c.recording && c.left > 0) {
    if (c.left < 2) c.need('Option', 2)
    const type = c.glance(f['opt.type'])
    const name = OPTION_TYPES[type] ?? `Unknown (${type})`
    const size = c.glance(f['opt.length'], 1) * OPTION_UNIT
    const start = c.pos
    const end = start + size
    c.group(
      f.opt,
      name,
      () => {
        c.take(f['opt.type'])
        c.take(f['opt.length'])
        if (size === 0) c.put(f.invalid_option_length, '', start + 1, c.pos)
        else if (end <= c.end) readOption(c, f, type, end, told)
      },
      name,
    )
    if (size === 0) {
      c.problem(`${name} option`, 'expected a length of at least 1, found 0', start)
      break
    }
    if (end > c.end) c.need(`${name} option`, end - c.pos)
    c.pos = end
  }
  c.pos = c.end
  return told
}

function readOption(c: Cursor, f: Icmpv6Fields, type: number, end: number, told: Told): void {
  readData(c, f, type, end, told)
  if (c.pos >= end) return
  c.put(f['unknown_data.expert'], '', c.pos, end)
  c.takeBytes(f.unknown_data, end - c.pos)
}

function readData(c: Cursor, f: Icmpv6Fields, type: number, end: number, told: Told): void {
  switch (type) {
    case SOURCE_ADDRESS:
    case TARGET_ADDRESS: {
      const address = linkAddress(c, f, type === SOURCE_ADDRESS, end)
      if (type === SOURCE_ADDRESS) told.source = address
      else told.target = address
      return
    }
    case PREFIX:
      prefix(c, f)
      return
    case REDIRECTED:
      redirected(c, f, end)
      return
    case MTU:
      reserved(c, f, 2)
      c.take(f['opt.mtu'])
      return
    case ADVERTISEMENT_INTERVAL:
      reserved(c, f, 2)
      c.take(f['opt.advertisement_interval'])
      return
    case HOME_AGENT:
      reserved(c, f, 2)
      c.take(f['opt.home_agent_preference'])
      c.take(f['opt.home_agent_lifetime'])
      return
    case TIMESTAMP:
      timestamp(c, f, end)
      return
    case NONCE:
      c.takeBytes(f['opt.nonce'], end - c.pos)
      return
    case ROUTE:
      route(c, f, end)
      return
    case RDNSS:
      reserved(c, f, 2)
      c.take(f['opt.rdnss.lifetime'])
      while (end - c.pos >= IPV6_ADDRESS) c.take(f['opt.rdnss'])
      return
    case FLAGS:
      routerFlags(c, f)
      return
    case DNSSL:
      reserved(c, f, 2)
      c.take(f['opt.dnssl.lifetime'])
      domains(c, f, end)
      return
    case CAPTIVE_PORTAL:
      captivePortal(c, f, end)
      return
    case PREF64:
      c.peek(f['opt.pref64.scaled_lifetime'])
      c.take(f['opt.pref64.plc'])
      paddedAddress(c, f, 'opt.pref64.prefix', end)
      return
    default:
      if (!ELSEWHERE.has(type)) c.put(f['undecoded.option'], '', c.pos, end)
      c.takeBytes(ELSEWHERE.has(type) ? f['opt.data'] : f.data, end - c.pos)
  }
}

function reserved(c: Cursor, f: Icmpv6Fields, length: number): void {
  c.put(f['opt.reserved'], '', c.pos, c.pos + length)
  c.skip(length, 'Reserved')
}

function linkAddress(c: Cursor, f: Icmpv6Fields, source: boolean, end: number): string {
  const octets = [...c.bytes.subarray(c.pos, end)]
  const parts = octets.map((octet) => octet.toString(16).padStart(2, '0'))
  const address = parts.join(octets.length === ETHERNET_ADDRESS ? ':' : '')
  c.put(f['opt.linkaddr'], address, c.pos, end)
  c.put(source ? f['opt.src_linkaddr'] : f['opt.target_linkaddr'], address, c.pos, end)
  c.pos = end
  return address
}

function prefix(c: Cursor, f: Icmpv6Fields): void {
  c.take(f['opt.prefix.length'])
  c.group(f['opt.prefix.flag'], c.glance(f['opt.prefix.flag']), () => {
    c.peek(f['opt.prefix.flag.l'])
    c.peek(f['opt.prefix.flag.a'])
    c.peek(f['opt.prefix.flag.r'])
    c.take(f['opt.prefix.flag.reserved'])
  })
  c.take(f['opt.prefix.valid_lifetime'])
  c.take(f['opt.prefix.preferred_lifetime'])
  reserved(c, f, 4)
  c.take(f['opt.prefix'])
}

/** The packet for which there is a better way, as much of it as fits. */
function redirected(c: Cursor, f: Icmpv6Fields, end: number): void {
  reserved(c, f, 6)
  if (c.pos >= end) return
  c.put(f['opt.redirected_packet'], '', c.pos, end)
  c.quote({ table: 'ethertype', keys: [TYPE_IPV6] }, c.pos, end)
  const told = end - c.pos >= IPV6_HEADER ? IPV6_HEADER + c.view.getUint16(c.pos + 4) : end - c.pos
  c.pos = Math.min(end, c.pos + told)
}

/** Seconds since 1970 in 48 bits, and a fraction of 1/64k (RFC 3971 §5.3.1). */
function timestamp(c: Cursor, f: Icmpv6Fields, end: number): void {
  reserved(c, f, 6)
  if (end - c.pos < 8) return
  const value = c.view.getBigUint64(c.pos)
  const nanoseconds = (value >> 16n) * 1_000_000_000n + ((value & 0xffffn) * 1_000_000_000n) / 0x10000n
  c.put(f['opt.timestamp'], dateText(nanoseconds), c.pos, c.pos + 8)
  c.skip(8)
}

function route(c: Cursor, f: Icmpv6Fields, end: number): void {
  c.take(f['opt.prefix.length'])
  c.group(f['opt.route_info.flag'], c.glance(f['opt.route_info.flag']), () => {
    c.peek(f['opt.route_info.flag.route_preference'])
    c.take(f['opt.route_info.flag.reserved'])
  })
  c.take(f['opt.route_lifetime'])
  if (c.pos < end) paddedAddress(c, f, 'opt.prefix', end)
}

/** An address of which only the first bytes are sent, the rest being zero. */
function paddedAddress(
  c: Cursor,
  f: Icmpv6Fields,
  name: 'opt.prefix' | 'opt.pref64.prefix',
  end: number,
): void {
  const length = Math.min(IPV6_ADDRESS, end - c.pos)
  const whole = new Uint8Array(IPV6_ADDRESS)
  whole.set(c.bytes.subarray(c.pos, c.pos + length))
  c.put(f[name], f[name].read(new DataView(whole.buffer), 0), c.pos, c.pos + length)
  c.skip(length)
}

function routerFlags(c: Cursor, f: Icmpv6Fields): void {
  c.group(f['opt.efo'], c.glance(f['opt.efo']), () => {
    c.peek(f['opt.efo.m'])
    c.peek(f['opt.efo.o'])
    c.peek(f['opt.efo.h'])
    c.peek(f['opt.efo.prf'])
    c.peek(f['opt.efo.p'])
    c.take(f['opt.efo.rsv'])
  })
  reserved(c, f, 4)
}

/** Names as DNS writes them, each ended by a zero; zeros behind them are padding (RFC 8106 §5.2). */
function domains(c: Cursor, f: Icmpv6Fields, end: number): void {
  while (c.pos < end && c.bytes[c.pos] !== 0) {
    const start = c.pos
    const labels: string[] = []
    while (c.pos < end && c.bytes[c.pos] !== 0) {
      const length = c.bytes[c.pos] ?? 0
      if (c.pos + 1 + length > end) return
      labels.push(decodeText(c.bytes.subarray(c.pos + 1, c.pos + 1 + length)))
      c.skip(1 + length)
    }
    c.pos = Math.min(end, c.pos + 1)
    c.put(f['opt.dnssl'], labels.join('.'), start, c.pos)
  }
  if (c.pos >= end) return
  c.put(f['opt.padding'], '', c.pos, end)
  c.pos = end
}

function captivePortal(c: Cursor, f: Icmpv6Fields, end: number): void {
  let textEnd = end
  while (textEnd > c.pos && c.bytes[textEnd - 1] === 0) textEnd--
  c.takeText(f['opt.captive_portal'], textEnd - c.pos)
  c.pos = end
}
