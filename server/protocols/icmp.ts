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
import { BAD, CHECKSUM_STATUS, expectedChecksum, GOOD, internetChecksum, UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { putExchange, rememberReply, rememberRequest } from './echo-exchange.ts'
import { TYPE_IPV4 } from './ethertypes.ts'
import { bytes, frameReference, heading, hex16, ipv4Address, layout, u8, u16, u32, uint } from './field.ts'
import { type NamedFields, type Next, protocol } from './protocol.ts'

const ECHO_REPLY = 0
export const UNREACHABLE = 3
const SOURCE_QUENCH = 4
const REDIRECT = 5
const ECHO_REQUEST = 8
export const TIME_EXCEEDED = 11
const PARAMETER_PROBLEM = 12
const TIMESTAMP_REQUEST = 13
const TIMESTAMP_REPLY = 14

/** Codes of `UNREACHABLE`. */
export const NET_UNREACHABLE = 0
export const HOST_UNREACHABLE = 1
export const PROTOCOL_UNREACHABLE = 2
export const PORT_UNREACHABLE = 3
export const FRAGMENTATION_NEEDED = 4
/** Codes of `TIME_EXCEEDED`. */
export const TTL_EXCEEDED = 0
export const REASSEMBLY_TIME_EXCEEDED = 1

/** Without a length in the error, extensions begin behind 128 bytes of the quoted packet (RFC 4884 §5.1). */
const WORD = 4

const TYPES: Readonly<Record<number, string>> = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
  42: 'Extended Echo request',
  43: 'Extended Echo reply',
}

const CODES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  [UNREACHABLE]: {
    0: 'Network unreachable',
    1: 'Host unreachable',
    2: 'Protocol unreachable',
    3: 'Port unreachable',
    4: 'Fragmentation needed',
    5: 'Source route failed',
    6: 'Network unknown',
    7: 'Host unknown',
    8: 'Source host isolated',
    9: 'Network administratively prohibited',
    10: 'Host administratively prohibited',
    11: 'Network unreachable for TOS',
    12: 'Host unreachable for TOS',
    13: 'Communication administratively filtered',
    14: 'Host precedence violation',
    15: 'Precedence cutoff in effect',
  },
  [REDIRECT]: {
    0: 'Redirect for network',
    1: 'Redirect for host',
    2: 'Redirect for TOS and network',
    3: 'Redirect for TOS and host',
  },
  [TIME_EXCEEDED]: {
    0: 'Time to live exceeded in transit',
    1: 'Fragment reassembly time exceeded',
  },
  [PARAMETER_PROBLEM]: {
    0: 'Pointer indicates the error',
    1: 'Required option missing',
    2: 'Bad length',
  },
}

const FIELDS = {
  type: u8('Type', {
    values: TYPES,
    about: 'What is said: an echo is asked or answered, or a packet met an error.',
  }),
  code: u8('Code', {
    about: 'The particular of it: for an unreachable destination, whether network, host or port.',
  }),
  checksum: hex16('Checksum', { about: 'Guards the whole message.' }),
  'checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    about: 'What came out when the checksum was computed here.',
  }),
  checksum_bad: heading('Bad checksum', {
    about: 'The bytes are not those that were sent: whoever receives this throws it away and says nothing.',
  }),
  ident: u16('Identifier (BE)', { about: 'Which ping program asked, since several may run at once.' }),
  seq: u16('Sequence Number (BE)', { about: 'Which of its pings: it counts up, so that a lost one shows.' }),
  resp_in: frameReference('Response frame', { about: 'The packet that answers this one.' }),
  resp_to: frameReference('Request frame', { about: 'The packet that this one answers.' }),
  resptime: uint('Response time', {
    unit: 'ms',
    about: 'From request to reply, seen from where the capture was made.',
  }),
  unused: bytes('Unused', { about: 'Zero.' }),
  length: u8('Length', {
    spec: 'RFC 4884 §3',
    about: 'How much of the packet is quoted, in words of 4 bytes, when extensions follow it.',
  }),
  mtu: u16('MTU of next hop', {
    spec: 'RFC 1191 §4',
    unit: 'bytes',
    about: 'The largest packet that fits through: the sender should make them no larger.',
  }),
  redir_gw: ipv4Address('Gateway Address', { about: 'The better router for this destination.' }),
  pointer: u8('Pointer', { about: 'Which byte of the quoted packet was wrong.' }),
  originate_timestamp: u32('Originate Timestamp', {
    unit: 'ms',
    about: 'When the request left, since midnight UTC.',
  }),
  receive_timestamp: u32('Receive Timestamp', { unit: 'ms', about: 'When it arrived.' }),
  transmit_timestamp: u32('Transmit Timestamp', { unit: 'ms', about: 'When the reply left.' }),
  ext: heading('ICMP Extensions', {
    spec: 'RFC 4884 §7',
    about: 'What a router adds behind the quoted packet, such as its MPLS labels.',
  }),
} as const

const LAYOUT = layout(FIELDS, ['type', 'code', 'checksum', 'ident', 'seq'])
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

type Fields = NamedFields<typeof FIELDS>

export const icmp = protocol({
  id: 'icmp',
  name: 'Internet Control Message Protocol',
  short: 'ICMP',
  osi: 3,
  unit: 'message',
  spec: 'RFC 792',
  about: 'How IP says that something went wrong, and how one asks a host whether it is there.',
  fields: FIELDS,
  dissect(c, f) {
    const start = c.pos
    const type = c.take(f.type)
    const code = c.glance(f.code)
    const codeName = CODES[type]?.[code]
    c.put(f.code, code, c.pos, c.pos + 1, codeName === undefined ? undefined : `${codeName} (${code})`)
    c.skip(1)
    putChecksum(c, f, start)
    const name = TYPES[type] ?? `Type ${type}`
    c.info(codeName === undefined ? name : `${name} (${codeName})`)
    switch (type) {
      case ECHO_REQUEST:
      case ECHO_REPLY:
        return echo(c, f, type === ECHO_REQUEST)
      case UNREACHABLE:
      case SOURCE_QUENCH:
      case REDIRECT:
      case TIME_EXCEEDED:
      case PARAMETER_PROBLEM:
        return error(c, f, type, code)
      case TIMESTAMP_REQUEST:
      case TIMESTAMP_REPLY:
        c.take(f.ident)
        c.take(f.seq)
        c.take(f.originate_timestamp)
        c.take(f.receive_timestamp)
        c.take(f.transmit_timestamp)
        return undefined
      default:
        return { table: 'ip.proto', keys: [] }
    }
  },
})

function putChecksum(c: Cursor, f: Fields, start: number): void {
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

function echo(c: Cursor, f: Fields, request: boolean): Next | undefined {
  const ident = c.take(f.ident)
  const seq = c.take(f.seq)
  let more = ''
  if (!c.packet.quoted && !c.packet.unseen) {
    const exchange = request ? rememberRequest(c, 'icmp', ident, seq) : rememberReply(c, 'icmp', ident, seq)
    more = putExchange(c, f, exchange, request)
  }
  const id = ident.toString(16).padStart(4, '0')
  c.info(`Echo (ping) ${request ? 'request' : 'reply'} id=0x${id}, seq=${seq}${more}`)
  return { table: 'ip.proto', keys: [] }
}

function error(c: Cursor, f: Fields, type: number, code: number): undefined {
  let quotedLength = 0
  switch (type) {
    case REDIRECT:
      c.take(f.redir_gw)
      break
    case PARAMETER_PROBLEM:
      c.take(f.pointer)
      quotedLength = c.glance(f.length) * WORD
      if (quotedLength > 0) c.take(f.length)
      c.takeBytes(f.unused, quotedLength > 0 ? 2 : 3)
      break
    case SOURCE_QUENCH:
      c.takeBytes(f.unused, 4)
      break
    default: {
      quotedLength = c.glance(f.length, 1) * WORD
      const forMtu = type === UNREACHABLE && code === FRAGMENTATION_NEEDED
      if (quotedLength > 0) {
        c.takeBytes(f.unused, 1)
        c.take(f.length)
      }
      if (!forMtu) c.takeBytes(f.unused, quotedLength > 0 ? 2 : 4)
      else {
        if (quotedLength === 0) c.takeBytes(f.unused, 2)
        c.take(f.mtu)
      }
    }
  }
  const extended = quotedLength > 0 && quotedLength < c.left
  const quotedEnd = extended ? c.pos + quotedLength : c.end
  if (c.left > 0) c.quote({ table: 'ethertype', keys: [TYPE_IPV4] }, c.pos, quotedEnd)
  if (extended) c.put(f.ext, '', quotedEnd, c.end, `${c.end - quotedEnd} bytes`)
  return undefined
}
