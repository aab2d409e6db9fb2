/**
 * Internet Control Message Protocol for IPv6, RFC 4443 §2.1; neighbour discovery, RFC 4861 §4.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |          Checksum             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  for the type: identifier and sequence, MTU, pointer, flags   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  echo: data.  Error: the packet that met it.  Discovery: an address and options
 *  +-+-+-+-+-…
 */
import { BAD, expectedChecksum, GOOD, UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { noteReply, noteRequest, putExchange } from './echo-exchange.ts'
import { TYPE_IPV6 } from './ethertypes.ts'
import { CODES, ICMPV6_FIELDS, type Icmpv6Fields, typeName, typeText } from './icmpv6-fields.ts'
import { readListener, readNodeInformation, readReport } from './icmpv6-groups.ts'
import { readOptions } from './icmpv6-options.ts'
import { ICMPV6_PLACES, skimIcmpv6 } from './icmpv6-skim.ts'
import {
  ECHO_REPLY,
  ECHO_REQUEST,
  LISTENER_DONE,
  LISTENER_QUERY,
  LISTENER_REPORT,
  LISTENER_REPORT_V2,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  NODE_QUERY,
  NODE_REPLY,
  PACKET_TOO_BIG,
  PARAMETER_PROBLEM,
  REDIRECT,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
} from './icmpv6-types.ts'
import { ICMPV6 } from './ip-protocols.ts'
import { type Next, protocol } from './protocol.ts'
import { addressesSum } from './transport-checksum.ts'

/** Messages that Wireshark reads further and we don't: renumbering, mobile IP, RPL, 6LoWPAN and others. */
const ELSEWHERE: ReadonlySet<number> = new Set([
  138, 141, 142, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 157, 158, 160, 161,
])

export const icmpv6 = protocol({
  id: 'icmpv6',
  name: 'Internet Control Message Protocol v6',
  short: 'ICMPv6',
  osi: 3,
  unit: 'message',
  spec: 'RFC 4443 §2.1',
  about: 'What ICMP is to IPv4, and what ARP is too: neighbours find each other and their routers by it.',
  fields: ICMPV6_FIELDS,
  dissect(c, f) {
    const start = c.pos
    const type = c.take(f.type)
    const code = c.glance(f.code)
    const codeName = CODES[type]?.[code]
    c.put(f.code, code, c.pos, c.pos + 1, codeName === undefined ? undefined : `${codeName} (${code})`)
    c.skip(1)
    putChecksum(c, f, start)
    c.info(typeText(type, code))
    if (type > 0 && type <= PARAMETER_PROBLEM) return error(c, f, type)
    switch (type) {
      case ECHO_REQUEST:
      case ECHO_REPLY:
        return echo(c, f, type === ECHO_REQUEST)
      case ROUTER_SOLICITATION:
        c.takeBytes(f.reserved, 4)
        break
      case ROUTER_ADVERTISEMENT:
        routerAdvertisement(c, f)
        break
      case NEIGHBOUR_SOLICITATION:
        c.takeBytes(f.reserved, 4)
        c.info(`Neighbor Solicitation for ${c.take(f['nd.ns.target_address'])}`)
        break
      case NEIGHBOUR_ADVERTISEMENT:
        neighbourAdvertisement(c, f)
        return undefined
      case REDIRECT:
        c.takeBytes(f.reserved, 4)
        c.take(f['nd.rd.target_address'])
        c.take(f['=icmpv6.rd.na.destination_address'])
        break
      case LISTENER_QUERY:
      case LISTENER_REPORT:
      case LISTENER_DONE:
        readListener(c, f, type === LISTENER_QUERY, start)
        return undefined
      case LISTENER_REPORT_V2:
        readReport(c, f)
        return undefined
      case NODE_QUERY:
      case NODE_REPLY:
        readNodeInformation(c, f, type === NODE_QUERY, code)
        return undefined
      default:
        if (!ELSEWHERE.has(type)) c.put(f['undecoded.type'], '', start, start + 1)
        if (c.left > 0) c.takeBytes(ELSEWHERE.has(type) ? f.body : f.data, c.left)
        return undefined
    }
    const { source } = readOptions(c, f)
    if (source !== undefined) {
      const target = type === NEIGHBOUR_SOLICITATION ? ` for ${targetOf(c, f, start)}` : ''
      c.info(`${typeName(type)}${target} from ${source}`)
    }
    return undefined
  },
  places: ICMPV6_PLACES,
  skim: skimIcmpv6,
})

/** The address that a solicitation asks for: behind type, code, checksum and four reserved bytes. */
function targetOf(c: Cursor, f: Icmpv6Fields, start: number): string {
  return f['nd.ns.target_address'].read(c.view, start + 8)
}

function putChecksum(c: Cursor, f: Icmpv6Fields, start: number): void {
  const at = c.pos
  const found = c.take(f.checksum)
  if (!c.recording) return
  const { packet } = c
  const whole = !packet.quoted && !packet.fragmented && c.wireEnd === c.end && packet.addressesLength === 32
  if (!whole) {
    c.put(f['checksum.status'], UNVERIFIED, at, c.pos)
    return
  }
  // The pseudo-header of RFC 8200 §8.1: both addresses, the length, and the next header.
  const pseudo = addressesSum(packet) + (c.end - start) + ICMPV6
  const expected = expectedChecksum(c.bytes, start, c.end, found, pseudo)
  const wrong = found === expected ? undefined : `Bad: expected 0x${expected.toString(16).padStart(4, '0')}`
  if (wrong !== undefined) c.put(f['checksum_bad.expert'], '', at, c.pos, wrong)
  c.put(f['checksum.status'], wrong === undefined ? GOOD : BAD, at, c.pos, wrong)
}

function error(c: Cursor, f: Icmpv6Fields, type: number): undefined {
  if (type === PACKET_TOO_BIG) c.take(f.mtu)
  else if (type === PARAMETER_PROBLEM) c.take(f.pointer)
  else if (c.glance(f.length) === 0) c.takeBytes(f.reserved, 4)
  else {
    c.take(f.length)
    c.takeBytes(f.reserved, 3)
  }
  if (c.left > 0) c.quote({ table: 'ethertype', keys: [TYPE_IPV6] })
  return undefined
}

function echo(c: Cursor, f: Icmpv6Fields, request: boolean): Next {
  const ident = c.take(f['echo.identifier'])
  const seq = c.take(f['echo.sequence_number'])
  let more = ''
  if (!c.packet.quoted) {
    const key = `${ident} ${seq}`
    const exchange = c.remember(() => (request ? noteRequest : noteReply)(c.packet, 'icmpv6', key))
    more = putExchange(c, f, exchange, request)
  }
  const id = ident.toString(16).padStart(4, '0')
  c.info(`Echo (ping) ${request ? 'request' : 'reply'} id=0x${id}, seq=${seq}${more}`)
  return { table: 'ip.proto', keys: [] }
}

function routerAdvertisement(c: Cursor, f: Icmpv6Fields): void {
  c.take(f['nd.ra.cur_hop_limit'])
  c.group(f['nd.ra.flag'], c.glance(f['nd.ra.flag']), () => {
    c.peek(f['nd.ra.flag.m'])
    c.peek(f['nd.ra.flag.o'])
    c.peek(f['nd.ra.flag.h'])
    c.peek(f['nd.ra.flag.prf'])
    c.peek(f['nd.ra.flag.p'])
    c.take(f['nd.ra.flag.rsv'])
  })
  c.take(f['nd.ra.router_lifetime'])
  c.take(f['nd.ra.reachable_time'])
  c.take(f['nd.ra.retrans_timer'])
}

function neighbourAdvertisement(c: Cursor, f: Icmpv6Fields): void {
  const said: string[] = []
  c.group(f['nd.na.flag'], c.glance(f['nd.na.flag']), () => {
    if (c.peek(f['nd.na.flag.r'])) said.push('rtr')
    if (c.peek(f['nd.na.flag.s'])) said.push('sol')
    if (c.peek(f['nd.na.flag.o'])) said.push('ovr')
    c.take(f['nd.na.flag.rsv'])
  })
  const target = c.take(f['nd.na.target_address'])
  const words = `Neighbor Advertisement ${target}${said.length > 0 ? ` (${said.join(', ')})` : ''}`
  c.info(words)
  const options = readOptions(c, f)
  if (options.target !== undefined) c.info(`${words} is at ${options.target}`)
}
