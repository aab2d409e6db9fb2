/**
 * Internet Control Message Protocol, RFC 792.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |          Checksum             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  for the type: identifier and sequence, gateway, pointer, MTU |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  echo: data.  Error: the IP header that met it and at least 8 bytes more
 *  +-+-+-+-+-…
 */
import { at8, at16, put16 } from './big-endian.ts'
import { BAD, expectedChecksum, GOOD, internetChecksum, UNVERIFIED, updatedChecksum } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { data } from './data.ts'
import { noteReply, noteRequest, putExchange, writeEcho } from './echo-exchange.ts'
import { ECHO_TIME, readEchoTime } from './echo-time.ts'
import { TYPE_IPV4 } from './ethertypes.ts'
import { layout } from './field.ts'
import { readIcmpBody, readNumbers } from './icmp-bodies.ts'
import { readExtensions } from './icmp-extensions.ts'
import { ICMP_CODES, ICMP_FIELDS, ICMP_TYPES, type IcmpFields } from './icmp-fields.ts'
import { type Next, type Place, protocol } from './protocol.ts'
import type { Skim } from './skim.ts'
import { nameHosts } from './skim-names.ts'

const ECHO_REPLY = 0
export const UNREACHABLE = 3
const SOURCE_QUENCH = 4
const REDIRECT = 5
const ECHO_REQUEST = 8
export const TIME_EXCEEDED = 11
const PARAMETER_PROBLEM = 12

/** Codes of `UNREACHABLE`. */
export const NET_UNREACHABLE = 0
export const HOST_UNREACHABLE = 1
export const PROTOCOL_UNREACHABLE = 2
export const PORT_UNREACHABLE = 3
export const FRAGMENTATION_NEEDED = 4
/** Codes of `TIME_EXCEEDED`. */
export const TTL_EXCEEDED = 0
export const REASSEMBLY_TIME_EXCEEDED = 1

const WORD = 4
/** Type, code, checksum, and what tells how to read the rest. */
const LEAST_MESSAGE = 6
/** Where errors say how much they quote (RFC 4884 §3). */
const QUOTED_LENGTH = 5
/** Bytes of a quoted packet before extensions may begin. */
const LEAST_BEFORE_EXTENSIONS = 128
/** Up to the quoted packet's total length. */
const SMALLEST_QUOTE = 4

const LAYOUT = layout(ICMP_FIELDS, ['type', 'code', 'checksum', 'ident', 'seq'])
/** Before an echo's data, and before the packet that an error quotes. */
export const ICMP_HEADER = 8

/** A message as hosts and routers of the lab network send and take it. */
export type IcmpMessage =
  | {
      readonly kind: 'echo request' | 'echo reply'
      readonly identifier: number
      readonly sequence: number
      readonly data: Uint8Array
    }
  | {
      readonly kind: 'error'
      readonly type: number
      readonly code: number
      /** Bytes that fit through, where the code is `FRAGMENTATION_NEEDED`; 0 in others. */
      readonly mtu: number
      /** The packet that met the error: its IP header and what follows, at least 8 bytes of it. */
      readonly quoted: Uint8Array
    }

export const icmpLength = (message: IcmpMessage): number =>
  ICMP_HEADER + (message.kind === 'error' ? message.quoted : message.data).length

/** Writes the message with its checksum and returns where it ends. */
export function encodeIcmp(message: IcmpMessage, bytes: Uint8Array, at: number): number {
  const end = at + icmpLength(message)
  const isError = message.kind === 'error'
  const echoType = message.kind === 'echo request' ? ECHO_REQUEST : ECHO_REPLY
  bytes[at + LAYOUT.type] = isError ? message.type : echoType
  bytes[at + LAYOUT.code] = isError ? message.code : 0
  put16(bytes, at + LAYOUT.checksum, 0)
  // An error's MTU stands where an echo has its sequence number (RFC 1191 §4).
  put16(bytes, at + LAYOUT.ident, isError ? 0 : message.identifier)
  put16(bytes, at + LAYOUT.seq, isError ? message.mtu : message.sequence)
  bytes.set(isError ? message.quoted : message.data, at + ICMP_HEADER)
  put16(bytes, at + LAYOUT.checksum, internetChecksum(bytes, at, end))
  return end
}

/**
 * The message that fills `bytes` from `start` to `end`; its data is a view of them. Undefined if it is too short, its
 * checksum is wrong, or it is of a type that nobody here sends or heeds (RFC 1122 §3.2.2: to be ignored).
 */
export function decodeIcmp(bytes: Uint8Array, start: number, end: number): IcmpMessage | undefined {
  if (end - start < ICMP_HEADER || internetChecksum(bytes, start, end) !== 0) return undefined
  const type = at8(bytes, start + LAYOUT.type)
  const code = at8(bytes, start + LAYOUT.code)
  const low = at16(bytes, start + LAYOUT.seq)
  const rest = bytes.subarray(start + ICMP_HEADER, end)
  switch (type) {
    case ECHO_REQUEST:
    case ECHO_REPLY:
      return {
        kind: type === ECHO_REQUEST ? 'echo request' : 'echo reply',
        identifier: at16(bytes, start + LAYOUT.ident),
        sequence: low,
        data: rest,
      }
    case UNREACHABLE:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM: {
      const mtu = type === UNREACHABLE && code === FRAGMENTATION_NEEDED ? low : 0
      return { kind: 'error', type, code, mtu, quoted: rest }
    }
    default:
      return undefined
  }
}

/** Whether an ICMP message of this type reports an error: never answered by another one (RFC 1122 §3.2.2). */
export const isIcmpError = (type: number): boolean =>
  type === UNREACHABLE ||
  type === SOURCE_QUENCH ||
  type === REDIRECT ||
  type === TIME_EXCEEDED ||
  type === PARAMETER_PROBLEM

export const icmp = protocol({
  id: 'icmp',
  name: 'Internet Control Message Protocol',
  short: 'ICMP',
  osi: 3,
  unit: 'message',
  spec: 'RFC 792',
  about: 'How IP says that something went wrong, and how one asks a host whether it is there.',
  fields: ICMP_FIELDS,
  dissect(c, f) {
    const start = c.pos
    if (c.left < LEAST_MESSAGE) c.need('Message', LEAST_MESSAGE)
    const type = c.take(f.type)
    const code = c.glance(f.code)
    const codeName = ICMP_CODES[type]?.[code]
    c.put(f.code, code, c.pos, c.pos + 1, codeName === undefined ? undefined : `${codeName} (${code})`)
    c.skip(1)
    putChecksum(c, f, start)
    c.info(typeText(type, code))
    switch (type) {
      case ECHO_REQUEST:
      case ECHO_REPLY:
        return echo(c, f, type === ECHO_REQUEST, start)
      case UNREACHABLE:
      case SOURCE_QUENCH:
      case REDIRECT:
      case TIME_EXCEEDED:
      case PARAMETER_PROBLEM:
        error(c, f, type, code)
        return undefined
      default:
        return readIcmpBody(c, f, type)
    }
  },
  places: {
    type: LAYOUT.type,
    code: LAYOUT.code,
    checksum: LAYOUT.checksum,
    ident: ofEcho(LAYOUT.ident),
    seq: ofEcho(LAYOUT.seq),
  },
  skim(s) {
    // A message that the capture cut: dissect has words for it.
    if (s.family !== 4 || s.end - s.at < ICMP_HEADER || s.wireEnd !== s.end) return false
    const type = at8(s.bytes, s.at + LAYOUT.type)
    if (type === ECHO_REQUEST || type === ECHO_REPLY) return skimEcho(s, type === ECHO_REQUEST)
    return isIcmpError(type) && skimError(s, type)
  },
})

/** A number that only an echo has. */
function ofEcho(offset: number): Place {
  return ({ frameStart }, { start }, bytes) => {
    const at = frameStart + start
    const type = at8(bytes, at)
    return type === ECHO_REQUEST || type === ECHO_REPLY ? at16(bytes, at + offset) : undefined
  }
}

function skimEcho(s: Skim, request: boolean): boolean {
  const { bytes, at: start, end } = s
  const dataAt = start + ICMP_HEADER
  // That may be the time alone, behind which there is no data.
  if (end - dataAt === ECHO_TIME) return false
  const ident = at16(bytes, start + LAYOUT.ident)
  const seq = at16(bytes, start + LAYOUT.seq)
  nameHosts(s)
  const key = keyOf(request, ident, seq, at16(bytes, start + LAYOUT.checksum))
  const exchange = s.remember((request ? noteRequest : noteReply)(s, 'icmp', key))
  if (s.speak()) writeEcho(s.info, request, ident, seq, exchange)
  s.at = dataAt
  if (dataAt < end) s.pass(data)
  return true
}

function skimError(s: Skim, type: number): boolean {
  const { bytes, at: start, end } = s
  const pos = start + ICMP_HEADER
  const hasLength = type !== REDIRECT && type !== SOURCE_QUENCH
  if (hasLength && at8(bytes, start + QUOTED_LENGTH) !== 0) return false
  // There may be extensions behind the packet that it quotes.
  const longer = end - pos > LEAST_BEFORE_EXTENSIONS && at16(bytes, pos + 2) <= LEAST_BEFORE_EXTENSIONS
  if (type !== REDIRECT && longer) return false
  nameHosts(s)
  if (pos < end) {
    const quotedEnd = type === REDIRECT ? pos + leastQuoted(at8(bytes, pos)) : end
    s.quote({ table: 'ethertype', keys: [TYPE_IPV4] }, pos, Math.min(end, quotedEnd))
  }
  if (s.speak()) s.info.ascii(typeText(type, at8(bytes, start + LAYOUT.code)))
  return true
}

/** What a type is called, and the code, if it has a name. */
function typeText(type: number, code: number): string {
  const name = ICMP_TYPES[type] ?? `Type ${type}`
  const codeName = ICMP_CODES[type]?.[code]
  return codeName === undefined ? name : `${name} (${codeName})`
}

/** The header of an IPv4 packet that begins with this byte, and 8 bytes (RFC 792). */
const leastQuoted = (first: number): number => ((first & 0x0f) << 2) + 8

function putChecksum(c: Cursor, f: IcmpFields, start: number): void {
  const at = c.pos
  const found = c.take(f.checksum)
  if (!c.recording) return
  // A quoted or cut message, or the first fragment of one, lacks bytes that the checksum covers.
  const whole = !c.packet.quoted && !c.packet.fragmented && c.wireEnd === c.end
  if (!whole) {
    c.put(f['checksum.status'], UNVERIFIED, at, c.pos)
    return
  }
  const expected = expectedChecksum(c.bytes, start, c.end, found)
  const hex = `0x${expected.toString(16).padStart(4, '0')}`
  const wrong = found === expected ? undefined : `Bad: expected ${hex}`
  if (wrong !== undefined) c.put(f.checksum_bad, '', at, c.pos, `Bad checksum [should be ${hex}]`)
  c.put(f['checksum.status'], wrong === undefined ? GOOD : BAD, at, c.pos, wrong)
}

function echo(c: Cursor, f: IcmpFields, request: boolean, start: number): Next | undefined {
  const checksum = c.view.getUint16(start + LAYOUT.checksum)
  const { ident, seq } = readNumbers(c, f)
  let more = ''
  if (!c.packet.quoted && !c.packet.unseen) {
    const key = keyOf(request, ident, seq, checksum)
    const exchange = c.remember(() => (request ? noteRequest : noteReply)(c.packet, 'icmp', key))
    more = putExchange(c, f, exchange, request)
  }
  readEchoTime(c, f)
  const id = ident.toString(16).padStart(4, '0')
  c.info(`Echo (ping) ${request ? 'request' : 'reply'} id=0x${id}, seq=${seq}${more}`)
  return { table: 'ip.proto', keys: [] }
}

/** What request and reply have in common. */
const keyOf = (request: boolean, ident: number, seq: number, checksum: number): string =>
  `${ident} ${seq} ${request ? replyChecksum(checksum) : checksum % 0xffff}`

/** What the reply's checksum is: the data is the same, the type 8 less. All ones and zero are the same number. */
function replyChecksum(request: number): number {
  return updatedChecksum(request, ECHO_REQUEST << 8, ECHO_REPLY << 8) % 0xffff
}

function error(c: Cursor, f: IcmpFields, type: number, code: number): void {
  const quotedLength = type === REDIRECT || type === SOURCE_QUENCH ? 0 : c.glance(f.length, 1) * WORD
  if (type === REDIRECT) c.take(f.redir_gw)
  else if (type === SOURCE_QUENCH) c.skip(4)
  else {
    if (type === PARAMETER_PROBLEM) c.take(f.pointer)
    else if (quotedLength > 0) c.takeBytes(f.unused, 1)
    if (quotedLength > 0) {
      c.take(f.length)
      c.put(f['length.original_datagram'], quotedLength, c.pos - 1, c.pos)
    }
    const forMtu = type === UNREACHABLE && code === FRAGMENTATION_NEEDED
    if (!forMtu)
      c.takeBytes(f.unused, type === PARAMETER_PROBLEM && quotedLength === 0 ? 3 : quotedLength > 0 ? 2 : 4)
    else {
      if (quotedLength === 0) c.takeBytes(f.unused, 2)
      c.take(f.mtu)
    }
  }
  quote(c, f, type, quotedLength)
}

/**
 * The packet that met the error, and extensions behind it. Without a length they begin behind 128 bytes, if the packet
 * is no longer (RFC 4884 §5.1).
 */
function quote(c: Cursor, f: IcmpFields, type: number, quotedLength: number): void {
  if (c.left <= 0) return
  const { pos } = c
  const room = c.wireLeft
  const total = c.left >= SMALLEST_QUOTE ? c.view.getUint16(pos + 2) : 0
  const told = quotedLength > 0 && quotedLength < room
  const extended =
    type !== REDIRECT && room > LEAST_BEFORE_EXTENSIONS && (told || total <= LEAST_BEFORE_EXTENSIONS)
  // A redirect quotes no more than the header and 8 bytes (RFC 792).
  const least = leastQuoted(c.view.getUint8(pos))
  const quotedEnd = told ? pos + quotedLength : type === REDIRECT ? pos + least : c.end
  c.quote({ table: 'ethertype', keys: [TYPE_IPV4] }, pos, Math.min(c.end, quotedEnd))
  if (!extended) return
  c.pos = Math.min(c.end, pos + Math.max(quotedLength, LEAST_BEFORE_EXTENSIONS))
  readExtensions(c, f)
}
