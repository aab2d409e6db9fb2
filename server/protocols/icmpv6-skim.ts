/** ICMPv6 without recording: echoes, errors, and the questions and answers of neighbour discovery. */
import { at8, at16, at32 } from './big-endian.ts'
import { data } from './data.ts'
import { noteReply, noteRequest, writeEcho } from './echo-exchange.ts'
import { TYPE_IPV6 } from './ethertypes.ts'
import { ipv6Text } from './field.ts'
import { typeName, typeText } from './icmpv6-fields.ts'
import {
  ECHO_REPLY,
  ECHO_REQUEST,
  IPV6_ADDRESS,
  MTU,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  NONCE,
  OPTION_UNIT,
  PARAMETER_PROBLEM,
  PREFIX,
  RDNSS,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
  SOURCE_ADDRESS,
  TARGET_ADDRESS,
} from './icmpv6-types.ts'
import type { Ink } from './ink.ts'
import type { Place } from './protocol.ts'
import type { Skim } from './skim.ts'
import { nameHosts } from './skim-names.ts'

/** Of an echo and of an error: type, code, checksum, and four bytes more. */
const HEADER = 8
const IDENTIFIER = 4
const SEQUENCE = 6
/** Where the address stands that a neighbour asks or tells of, and where options begin. */
const TARGET = 8
const BEHIND_TARGET = 24
const BEHIND_ADVERTISEMENT = 16
const ETHERNET_ADDRESS = 6
/** The flags of a neighbour's advertisement, in its fifth byte. */
const NEIGHBOUR_FLAGS = [
  [0x80, 'rtr'],
  [0x40, 'sol'],
  [0x20, 'ovr'],
] as const

/** What is at hand of a message that is skimmed. */
export const ICMPV6_PLACES = {
  type: 0,
  code: 1,
  checksum: 2,
  'echo.identifier': ofEcho(IDENTIFIER),
  'echo.sequence_number': ofEcho(SEQUENCE),
} as const

/** A number that only an echo has. */
function ofEcho(offset: number): Place {
  return ({ frameStart }, { start }, bytes) => {
    const at = frameStart + start
    const type = at8(bytes, at)
    return type === ECHO_REQUEST || type === ECHO_REPLY ? at16(bytes, at + offset) : undefined
  }
}

export function skimIcmpv6(s: Skim): boolean {
  const { bytes, at: start, end } = s
  // A message that the capture cut: dissect has words for it.
  if (s.family !== 6 || end - start < HEADER || s.wireEnd !== end) return false
  const type = at8(bytes, start)
  switch (type) {
    case ECHO_REQUEST:
    case ECHO_REPLY:
      return skimEcho(s, type === ECHO_REQUEST)
    case ROUTER_SOLICITATION:
      return skimDiscovery(s, type, start + HEADER)
    case ROUTER_ADVERTISEMENT:
      return skimDiscovery(s, type, start + BEHIND_ADVERTISEMENT)
    case NEIGHBOUR_SOLICITATION:
    case NEIGHBOUR_ADVERTISEMENT:
      return skimDiscovery(s, type, start + BEHIND_TARGET)
    default:
      return type > 0 && type <= PARAMETER_PROBLEM && skimError(s, type)
  }
}

function skimEcho(s: Skim, request: boolean): boolean {
  const { bytes, at: start, end } = s
  const ident = at16(bytes, start + IDENTIFIER)
  const seq = at16(bytes, start + SEQUENCE)
  nameHosts(s)
  const exchange = s.remember((request ? noteRequest : noteReply)(s, 'icmpv6', `${ident} ${seq}`))
  if (s.speak()) writeEcho(s.info, request, ident, seq, exchange)
  s.at = start + HEADER
  if (s.at < end) s.pass(data)
  return true
}

function skimError(s: Skim, type: number): boolean {
  const { bytes, at: start, end } = s
  nameHosts(s)
  if (end > start + HEADER) s.quote({ table: 'ethertype', keys: [TYPE_IPV6] }, start + HEADER, end)
  if (s.speak()) s.info.ascii(typeText(type, at8(bytes, start + 1)))
  return true
}

function skimDiscovery(s: Skim, type: number, optionsAt: number): boolean {
  const { bytes, at: start, info } = s
  if (!scanOptions(bytes, optionsAt, s.end)) return false
  nameHosts(s)
  if (!s.speak()) return true
  info.ascii(typeName(type))
  if (type === NEIGHBOUR_ADVERTISEMENT) {
    info.byte(SPACE)
    address(info, bytes, start + TARGET)
    neighbourFlags(info, at8(bytes, start + 4))
    hardwareAddress(info, ' is at ', bytes, linkAddresses.target)
    return true
  }
  if (type === NEIGHBOUR_SOLICITATION) {
    info.ascii(' for ')
    address(info, bytes, start + TARGET)
  }
  hardwareAddress(info, ' from ', bytes, linkAddresses.source)
  return true
}

const SPACE = 0x20

function neighbourFlags(info: Ink, flags: number): void {
  let before = ' ('
  for (const [bit, name] of NEIGHBOUR_FLAGS) {
    if ((flags & bit) === 0) continue
    info.ascii(before)
    info.ascii(name)
    before = ', '
  }
  if (before !== ' (') info.ascii(')')
}

function address(info: Ink, bytes: Uint8Array, at: number): void {
  const [first, second, third] = [at32(bytes, at), at32(bytes, at + 4), at32(bytes, at + 8)]
  info.ascii(ipv6Text(first | 0, second | 0, third | 0, at32(bytes, at + 12) | 0))
}

/** Where the addresses of the link stand that the options of the message at hand tell; -1 where none does. */
const linkAddresses = { source: -1, target: -1 }

/** Looks through the options; false for one that is seldom seen, or not as it should be. */
function scanOptions(bytes: Uint8Array, start: number, end: number): boolean {
  linkAddresses.source = -1
  linkAddresses.target = -1
  if (start > end) return false
  let at = start
  while (at < end) {
    const size = at + 2 <= end ? at8(bytes, at + 1) * OPTION_UNIT : 0
    if (size === 0 || at + size > end) return false
    switch (at8(bytes, at)) {
      case SOURCE_ADDRESS:
        if (size !== OPTION_UNIT) return false
        linkAddresses.source = at + 2
        break
      case TARGET_ADDRESS:
        if (size !== OPTION_UNIT) return false
        linkAddresses.target = at + 2
        break
      case MTU:
        if (size !== OPTION_UNIT) return false
        break
      case PREFIX:
        if (size !== 4 * OPTION_UNIT) return false
        break
      case NONCE:
        break
      case RDNSS:
        if (size % IPV6_ADDRESS !== OPTION_UNIT) return false
        break
      default:
        return false
    }
    at += size
  }
  return true
}

function hardwareAddress(info: Ink, words: string, bytes: Uint8Array, at: number): void {
  if (at < 0) return
  info.ascii(words)
  for (let i = 0; i < ETHERNET_ADDRESS; i++) {
    if (i > 0) info.ascii(':')
    info.hex(at8(bytes, at + i), 2)
  }
}
